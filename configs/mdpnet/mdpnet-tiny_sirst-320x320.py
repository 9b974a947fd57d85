_base_ = './mdpnet-base_sirst-320x320.py'
model = dict(
    backbone=dict(stem_channels=8, embed_dims=(8, 32, 48, 64), depths=(1, 1, 2, 2)),
    decode_head=dict(in_channels=(8, 32, 48, 64), channels=8, level_channels=(8, 16, 24, 32)),
)
