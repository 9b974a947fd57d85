# MDPNet at the paper's size. `data_preprocessor` comes from the data set, which knows its images.
norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    backbone=dict(
        type='MDPNet',
        in_channels=1,
        stem_channels=32,
        stem_stride=2,
        embed_dims=(32, 64, 96, 128),
        depths=(2, 2, 3, 4),
        strides=(1, 2, 2, 2),
        dilations=((1, 2), (1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4)),
        fusion='split',
        norm_cfg=norm_cfg,
    ),
    decode_head=dict(
        type='MDPHead',
        in_channels=(32, 64, 96, 128),
        channels=32,
        level_channels=(32, 32, 48, 64),
        upscale=2,
        num_classes=2,
        threshold=0.5,
        norm_cfg=norm_cfg,
        align_corners=False,
        # IoU over the batch, which images without a target cannot silence, and the mean over
        # images, in which a target of four pixels counts as much as one of four hundred.
        loss_decode=[
            dict(type='SoftIoULoss', reduction='batch', loss_weight=0.5),
            dict(
                type='SoftIoULoss',
                reduction='sample',
                loss_weight=0.5,
                loss_name='loss_soft_niou',
            ),
            dict(
                type='CrossEntropyLoss',
                use_sigmoid=True,
                avg_non_ignore=True,
                loss_weight=0.2,
                loss_name='loss_bce',
            ),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
