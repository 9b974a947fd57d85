_base_ = [
    '../_base_/models/irstformer.py',
    '../_base_/datasets/sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=_base_.data_preprocessor)
# The usual rate of transformers.
optim_wrapper = dict(optimizer=dict(lr=1e-3))
default_hooks = dict(
    publish=dict(type='PublishHook'),
)
