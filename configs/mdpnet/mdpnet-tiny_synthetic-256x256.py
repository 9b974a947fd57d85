# The demonstration: a few minutes on two CPU cores, without any download.
_base_ = './mdpnet-base_synthetic-256x256.py'
model = dict(
    backbone=dict(stem_channels=8, embed_dims=(8, 32, 48, 64), depths=(1, 1, 2, 2)),
    decode_head=dict(in_channels=(8, 32, 48, 64), channels=8, level_channels=(8, 16, 24, 32)),
)
train_cfg = dict(max_epochs=30, val_interval=10)
