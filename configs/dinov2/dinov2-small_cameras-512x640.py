# A teacher for frames of any camera: the network for them, and a transformer's tokens. Make them
# first: `python tools/cache_tokens.py` with this config (docs/distillation.md). A pasted target
# would be without tokens, and so are synthetic scenes: real frames alone, as they are.
_base_ = [
    '../_base_/models/dinov2_small.py',
    '../_base_/datasets/cameras.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
scale = (640, 512)  # (width, height)
_sizes = dict(AlignedResize=dict(scale=scale))
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
_folder = 'work_dirs/tokens/cameras'
model = dict(
    data_preprocessor=_base_.data_preprocessor,
    decode_head=dict(interpolate_mode='nearest'),
    reduction=dict(file=_folder + '/reduction.pth'),
    student='mdp_plugin/weights/mdpnet-fine_cameras-512x640.pth',
)
_tokens = dict(type='LoadTokens', folder=_folder)
_outside = (*_base_.moving_steps, *_base_.loading_steps, 'TargetCopyPaste', 'PackSegInputs')
*_real, _scenes = _base_.train_dataloader.dataset.datasets
_parts = [
    {
        **part,
        'pipeline': [
            *_base_.load_pipeline,
            dict(
                steps=[s for s in part['pipeline'] if s['type'] in _base_.moving_steps], **_tokens
            ),
            *(s for s in part['pipeline'] if s['type'] not in _outside),
            _base_.pack_tokens,
        ],
    }
    for part in (repeated['dataset'] for repeated in _real)
]
train_dataloader = dict(dataset=dict(datasets=_parts))
val_pipeline = [
    step
    for s in _base_.test_pipeline
    for step in dict(LoadAnnotations=[_tokens, s], PackSegInputs=[_base_.pack_tokens]).get(
        s['type'], [s]
    )
]
val_dataloader = dict(
    dataset=dict(
        datasets=[
            {**part, 'pipeline': val_pipeline} for part in _base_.val_dataloader.dataset.datasets
        ]
    )
)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=20, val_interval=5)
default_hooks = dict(publish=dict(type='PublishHook'))
