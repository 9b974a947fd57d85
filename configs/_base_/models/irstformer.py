# The transformer teacher. `data_preprocessor` comes from the data set, which knows its images.
norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    backbone=dict(
        type='IRSTFormer',
        in_channels=1,
        embed_dims=32,
        num_layers=(2, 2, 3, 2),
        num_heads=(1, 2, 5, 8),
        sr_ratios=(16, 8, 4, 2),
        mlp_ratio=4,
        drop_path_rate=0.1,
    ),
    decode_head=dict(
        type='MDPHead',
        refine=dict(type='ChannelRefinement'),
        in_channels=(32, 64, 160, 256),
        channels=32,
        upscale=2,
        num_classes=2,
        threshold=0.5,
        norm_cfg=norm_cfg,
        align_corners=False,
        # CBS, the loss of IRSTFormer: cross entropy and soft IoU with equal weights.
        loss_decode=[
            dict(type='SoftIoULoss', reduction='batch', loss_weight=1.0),
            dict(
                type='CrossEntropyLoss',
                use_sigmoid=True,
                avg_non_ignore=True,
                loss_weight=1.0,
                loss_name='loss_bce',
            ),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
