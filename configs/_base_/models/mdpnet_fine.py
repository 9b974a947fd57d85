# MDPNet with a narrow first stage at full resolution, which sees where the edges lie, and
# one block less at half resolution: multiply-adds as `mdpnet.py`.
norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    backbone=dict(
        type='MDPNet',
        in_channels=1,
        stem_channels=8,
        stem_stride=1,
        embed_dims=(8, 32, 64, 96, 128),
        depths=(1, 1, 2, 3, 4),
        strides=(1, 2, 2, 2, 2),
        dilations=((1, 2), (1, 2), (1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4)),
        fusion='split',
        out_indices=(0, 1, 2, 3, 4),
        norm_cfg=norm_cfg,
    ),
    decode_head=dict(
        type='MDPHead',
        in_channels=(8, 32, 64, 96, 128),
        channels=8,
        level_channels=(8, 32, 32, 48, 64),
        upscale=1,
        num_classes=2,
        threshold=0.5,
        norm_cfg=norm_cfg,
        align_corners=False,
        # The first three as in `mdpnet.py`. The last one counts targets: without it a missed
        # target leaves no gradient.
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
            dict(type='TargetLoss', loss_weight=0.5),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
