# Frames of any camera: what general.py joins, frames of other cameras from SIRST-V2, nearly all
# without any target, and synthetic scenes with what else looks like one. SIRST and NUDT-SIRST show
# what targets look like, and stay as they are there.
_base_ = './general.py'

# Contrast, level and sensor of other cameras; no larger gain than a stretch has.
_camera = [
    dict(type='RandomInfraredIntensity', gain=(0.5, 2.0), offset=(-40.0, 40.0)),
    dict(type='RandomDegradation'),
    dict(type='PackSegInputs'),
]
# Windows at several scales. First a larger one is cut, so that no frame is resized as a whole.
# Without pasted targets a camera's style alone would say that its frames hold nothing.
_windows = [
    # Grey levels of a file, or stretched as those of frames of more than 8 bits are in use.
    *(
        {**s, 'stretch_prob': 0.25} if s['type'] == 'ToGrayscale' else s
        for s in _base_.load_pipeline
    ),
    dict(type='RandomTargetCrop', crop_size=(512, 512), target_prob=0.7),
    dict(type='RandomScaleJitter', ratio_range=(0.6, 1.7)),
    dict(type='RandomTargetCrop', crop_size=_base_.crop_size, target_prob=0.7),
    dict(type='TargetCopyPaste', prob=0.3, bank='cameras'),
    dict(type='RandomFlip', prob=[0.25, 0.25], direction=['horizontal', 'vertical']),
    dict(type='RandomQuarterTurn', prob=0.75),
    *_camera,
]
# Scenes have targets of their own; they only add to those that are pasted, as SIRST's images do.
_scene_windows = [
    {**s, 'prob': 0.0} if s['type'] == 'TargetCopyPaste' else s
    for s in _windows
    if s.get('crop_size') != (512, 512)
]
_remember = [dict(type='TargetCopyPaste', prob=0.0, bank='cameras')]
sirst_train_pipeline = [
    step
    for s in _base_.train_pipeline
    for step in ([s, *_remember] if s['type'] == 'RandomTargetCrop' else [s])
]

_files = dict(type='IRSTDDataset', img_suffix='.png', seg_map_suffix='_pixels0.png')
_sirst_v2 = dict(
    data_root='data/SIRST-V2',
    data_prefix=dict(img_path='mixed/', seg_map_path='annotations/masks/'),
    **_files,
)
_scenes = dict(
    data_root='data/synthetic-cluttered',
    data_prefix=dict(img_path='images/', seg_map_path='masks/'),
    **_files,
)
_lists = '{{ fileDirname }}/splits/sirst-v2_'
_sirst, _nudt = _base_.train_dataloader.dataset.datasets
_real = [
    {**_sirst, 'pipeline': sirst_train_pipeline},
    _nudt,
    dict(
        ann_file=_lists + 'train.txt',
        disjoint_from=[_lists + 'val.txt'],
        cache_images=True,
        pipeline=_windows,
        **_sirst_v2,
    ),
]
train_dataloader = dict(
    dataset=dict(
        datasets=[
            # What is real weighs twice: scenes are many, and easier.
            *(dict(type='RepeatDataset', times=2, dataset=part) for part in _real),
            dict(
                ann_file='idx/train.txt',
                disjoint_from=['idx/val.txt', 'idx/test.txt'],
                cache_images=True,
                pipeline=_scene_windows,
                **_scenes,
            ),
        ],
    )
)
# Frames of cameras that it has not seen. Those of SIRST and NUDT-SIRST are tested by the general
# network's configs.
test_dataloader = dict(
    dataset=dict(ann_file=_lists + 'val.txt', pipeline=_base_.test_pipeline, **_sirst_v2)
)
