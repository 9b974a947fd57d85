# For speed on a CPU: half the channels where maps are largest, few blocks there, and kernels that
# merge into 5x5 (docs/deployment.md).
_base_ = './mdpnet-base_sirst-320x320.py'
model = dict(
    backbone=dict(
        stem_channels=16,
        embed_dims=(16, 32, 64, 128),
        depths=(1, 1, 2, 4),
        dilations=((1, 2), (1, 2), (1, 2), (1, 2)),
    ),
    decode_head=dict(in_channels=(16, 32, 64, 128), channels=16, level_channels=(16, 32, 32, 64)),
)
