# The host's U-Net with five stages, a quarter as wide, for one channel in and one out.
norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    backbone=dict(
        type='UNet',
        in_channels=1,
        base_channels=16,
        num_stages=5,
        strides=(1, 1, 1, 1, 1),
        enc_num_convs=(2, 2, 2, 2, 2),
        dec_num_convs=(2, 2, 2, 2),
        downsamples=(True, True, True, True),
        enc_dilations=(1, 1, 1, 1, 1),
        dec_dilations=(1, 1, 1, 1),
        norm_cfg=norm_cfg,
        act_cfg=dict(type='ReLU'),
        upsample_cfg=dict(type='InterpConv'),
    ),
    decode_head=dict(
        type='FCNHead',
        in_channels=16,
        in_index=4,
        channels=16,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.0,
        num_classes=2,
        out_channels=1,
        threshold=0.5,
        norm_cfg=norm_cfg,
        align_corners=False,
        # Every pixel starts as a target with probability 0.01, as in MDPHead.
        init_cfg=dict(
            type='Normal',
            std=0.01,
            override=dict(type='Normal', name='conv_seg', std=0.01, bias_prob=0.01),
        ),
        loss_decode=[
            dict(type='SoftIoULoss', reduction='batch', loss_weight=1.0),
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
