_base_ = [
    '../_base_/models/unet.py',
    '../_base_/datasets/sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=_base_.data_preprocessor)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
train_cfg = dict(max_epochs=80)
default_hooks = dict(
    channels_last=dict(type='ChannelsLastHook'),
    publish=dict(type='PublishHook'),
)
