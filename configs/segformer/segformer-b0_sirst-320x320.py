_base_ = [
    '../_base_/models/segformer_b0.py',
    '../_base_/datasets/sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
# Three equal channels: the only change that a network for colour images needs.
train_pipeline = _base_.train_pipeline
train_pipeline[2].out_channels = 3
test_pipeline = _base_.test_pipeline
test_pipeline[1].out_channels = 3
test_pipeline_square = _base_.test_pipeline_square
test_pipeline_square[1].out_channels = 3
tta_pipeline = _base_.tta_pipeline
tta_pipeline[1].out_channels = 3
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

data_preprocessor = _base_.data_preprocessor
data_preprocessor.mean = _base_.data_preprocessor.mean * 3
data_preprocessor.std = _base_.data_preprocessor.std * 3
model = dict(data_preprocessor=data_preprocessor)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = _base_.param_scheduler
param_scheduler[0].eta_max = 5e-4
default_hooks = dict(
    publish=dict(type='PublishHook', out='checkpoints/teachers/segformer-b0_sirst-320x320.pth'),
)
