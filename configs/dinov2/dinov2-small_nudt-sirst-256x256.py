# A teacher for NUDT-SIRST: its student, which is trained already, and a transformer's tokens. Make
# them first: `python tools/cache_tokens.py` with this config (docs/distillation.md).
_base_ = [
    '../_base_/models/dinov2_small.py',
    '../_base_/datasets/nudt_sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
_folder = 'work_dirs/tokens/nudt-sirst'
model = dict(
    data_preprocessor=_base_.data_preprocessor,
    reduction=dict(file=_folder + '/reduction.pth'),
    student='mdp_plugin/weights/mdpnet-fine_nudt-sirst-256x256.pth',
)
_tokens = dict(type='LoadTokens', folder=_folder)
_moving = [s for s in _base_.train_pipeline if s['type'] in _base_.moving_steps]
train_pipeline = [
    *(s for s in _base_.train_pipeline if s['type'] in _base_.loading_steps),
    dict(steps=_moving, **_tokens),
    dict(type='RandomInfraredIntensity', noise=None),
    _base_.pack_tokens,
]
val_pipeline = [
    step
    for s in _base_.test_pipeline
    for step in dict(LoadAnnotations=[_tokens, s], PackSegInputs=[_base_.pack_tokens]).get(
        s['type'], [s]
    )
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=40, val_interval=5)
default_hooks = dict(publish=dict(type='PublishHook'))
