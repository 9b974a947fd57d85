_base_ = [
    '../_base_/models/segformer_b0.py',
    '../_base_/datasets/sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
# Three equal channels: the only change that a network for colour images needs.
_colour = dict(ToGrayscale=dict(out_channels=3))
train_pipeline = [{**s, **_colour.get(s['type'], {})} for s in _base_.train_pipeline]
test_pipeline = [{**s, **_colour.get(s['type'], {})} for s in _base_.test_pipeline]
test_pipeline_square = [{**s, **_colour.get(s['type'], {})} for s in _base_.test_pipeline_square]
tta_pipeline = [{**s, **_colour.get(s['type'], {})} for s in _base_.tta_pipeline]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

data_preprocessor = dict(
    mean=_base_.data_preprocessor.mean * 3, std=_base_.data_preprocessor.std * 3
)
model = dict(data_preprocessor={**_base_.data_preprocessor, **data_preprocessor})
optim_wrapper = dict(optimizer=dict(lr=5e-4))
default_hooks = dict(
    publish=dict(type='PublishHook'),
)
