_base_ = './mdpnet-base_sirst-320x320.py'
model = dict(
    backbone=dict(stem_channels=16, embed_dims=(16, 32, 64, 96), depths=(1, 2, 2, 2)),
    decode_head=dict(in_channels=(16, 32, 64, 96), channels=16, level_channels=(16, 24, 32, 48)),
)
