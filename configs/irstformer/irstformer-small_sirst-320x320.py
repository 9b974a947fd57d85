# A fifth of the parameters, and fewer epochs: two CPU cores can train it.
_base_ = './irstformer-base_sirst-320x320.py'
model = dict(
    backbone=dict(embed_dims=16, num_layers=(1, 2, 2, 2), num_heads=(1, 2, 4, 8)),
    decode_head=dict(in_channels=(16, 32, 64, 128), channels=16),
)
train_dataloader = dict(batch_size=8)
train_cfg = dict(max_epochs=70, val_interval=7)
default_hooks = dict(
    publish=dict(type='PublishHook'),
)
