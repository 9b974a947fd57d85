# MDPNet with a narrow first stage at full resolution, which sees where the edges lie, and
# one block less at half resolution: multiply-adds as `mdpnet.py`.
_base_ = './mdpnet.py'
model = dict(
    backbone=dict(
        stem_channels=8,
        stem_stride=1,
        embed_dims=(8, 32, 64, 96, 128),
        depths=(1, 1, 2, 3, 4),
        strides=(1, 2, 2, 2, 2),
        dilations=((1, 2), (1, 2), (1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4)),
        out_indices=(0, 1, 2, 3, 4),
    ),
    decode_head=dict(
        in_channels=(8, 32, 64, 96, 128),
        channels=8,
        level_channels=(8, 32, 32, 48, 64),
        upscale=1,
        # The last one counts targets: without it a missed target leaves no gradient.
        loss_decode=[
            *_base_.model.decode_head.loss_decode,
            dict(type='TargetLoss', loss_weight=0.5),
        ],
    ),
)
