# mmpretrain's Swin-T, from scratch, with MDPNet's head: 4x4 logits for each position of its finest
# stage.
norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    backbone=dict(
        type='mmpretrain.SwinTransformer',
        arch='tiny',
        img_size=320,
        in_channels=1,
        out_indices=(0, 1, 2, 3),
        drop_path_rate=0.2,
        pad_small_map=True,  # any input size
    ),
    decode_head=dict(
        type='MDPHead',
        in_channels=(96, 192, 384, 768),
        channels=96,
        upscale=4,
        num_classes=2,
        threshold=0.5,
        norm_cfg=norm_cfg,
        align_corners=False,
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
