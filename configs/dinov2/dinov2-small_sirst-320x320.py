# A teacher for SIRST: the general network goes on with SIRST alone as its students do, with a
# transformer's tokens beside it. Make them first: `python tools/cache_tokens.py` with this config
# (docs/distillation.md). On train alone, so that val can choose.
_base_ = [
    '../_base_/models/dinov2_small.py',
    '../_base_/datasets/sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
_folder = 'work_dirs/tokens/sirst'
_losses = _base_.model.decode_head.loss_decode
model = dict(
    data_preprocessor={**_base_.data_preprocessor, 'size': (320, 320)},
    decode_head=dict(
        loss_decode=[
            *(loss for loss in _losses if loss['type'] != 'TargetLoss'),
            dict(type='PixelFocalLoss', loss_weight=0.5),
        ]
    ),
    tokens=dict(window=46),  # the square as one
    reduction=dict(file=_folder + '/reduction.pth'),
    student='mdp_plugin/weights/mdpnet-fine_general-320x320.pth',
)
_tokens = dict(type='LoadTokens', folder=_folder)
_whole = [
    s
    for s in _base_.train_pipeline
    if s['type'] not in ('RandomScaleJitter', 'RandomTargetCrop', 'PackSegInputs')
]
train_pipeline = [
    *(s for s in _whole if s['type'] in _base_.loading_steps),
    dict(steps=[s for s in _whole if s['type'] in _base_.moving_steps], **_tokens),
    dict(type='RandomInfraredIntensity'),
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
train_cfg = dict(max_epochs=30, val_interval=5)
default_hooks = dict(publish=dict(type='PublishHook'))
