# One network for frames of any camera. Frames keep their own size, in training as in use: a
# camera's larger frames would lose targets by a resize to a square. SIRST and NUDT-SIRST bring the
# targets, SIRST-V2 frames of other cameras, nearly all without any, and the synthetic scenes what
# else looks like a target. Windows without targets are a half of each epoch.
_base_ = './base.py'

native = True  # frames go to the network as they are; `scale` is that of the square's figures
# Of the training images of SIRST and NUDT-SIRST, every image weighing the same, see docs/data.md.
data_preprocessor = dict(mean=[110.27], std=[55.13])

# Grey levels as they occur in use: of a file, or stretched as frames of more than 8 bits are.
_load = [
    {**s, 'stretch_prob': 0.15} if s['type'] == 'ToGrayscale' else s for s in _base_.load_pipeline
]
# Contrast, level and sensor of other cameras, in a half of the windows: outlines are learned from
# frames as they are.
_camera = [
    dict(type='RandomInfraredIntensity', gain=(0.4, 2.0), offset=(-40.0, 40.0), prob=0.5),
    dict(
        type='RandomDegradation',
        blur_prob=0.1,
        row_noise_prob=0.1,
        hot_pixels_prob=0.1,
        jpeg_prob=0.1,
    ),
    dict(type='PackSegInputs'),
]
_turns = [
    dict(type='RandomFlip', prob=[0.25, 0.25], direction=['horizontal', 'vertical']),
    dict(type='RandomQuarterTurn', prob=0.75),
]


def _windows(target_prob: float, paste_prob: float, *first: dict) -> list[dict]:
    """Windows at several scales; a share of them aims at targets, another one gets them pasted."""
    return [
        *_load,
        *first,
        dict(type='RandomScaleJitter', ratio_range=(0.5, 2.0)),
        dict(type='RandomTargetCrop', crop_size=_base_.crop_size, target_prob=target_prob),
        # Else a camera's style alone would say that its frames hold nothing.
        dict(type='TargetCopyPaste', prob=paste_prob, bank='general'),
        *_turns,
        *_camera,
    ]


train_pipeline = _windows(1.0, 0.0)
# As in nudt_sirst.py: its masks of 13 to 36 pixels lie off, and its images keep their scale.
nudt_train_pipeline = [
    *_load,
    dict(type='RandomSymmetry', mask_offset=(-0.5, -0.5), area=(13, 36)),
    *_camera,
]
test_pipeline = [s for s in _base_.test_pipeline if s['type'] != 'AlignedResize']
tta_pipeline = [s for s in _base_.tta_pipeline if s['type'] != 'AlignedResize']

_files = dict(
    type='IRSTDDataset',
    data_prefix=dict(img_path='images/', seg_map_path='masks/'),
    img_suffix='.png',
)
_sirst = dict(data_root='data/SIRST', seg_map_suffix='_pixels0.png', **_files)
_nudt = dict(data_root='data/NUDT-SIRST', seg_map_suffix='.png', **_files)
_scenes = dict(data_root='data/synthetic-cluttered', seg_map_suffix='_pixels0.png', **_files)
_sirst_v2 = dict(
    _sirst,
    data_root='data/SIRST-V2',
    data_prefix=dict(img_path='mixed/', seg_map_path='annotations/masks/'),
)
_splits = '{{ fileDirname }}/splits/'
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(
                ann_file='idx_427/train.txt',
                disjoint_from=['idx_427/val.txt', 'idx_427/test.txt'],
                cache_images=True,
                pipeline=train_pipeline,
                **_sirst,
            ),
            dict(
                ann_file=_splits + 'nudt-sirst_train.txt',
                disjoint_from=[_splits + 'nudt-sirst_val.txt', '50_50/test.txt'],
                cache_images=True,
                pipeline=nudt_train_pipeline,
                **_nudt,
            ),
            dict(
                type='RepeatDataset',  # its frames are five to twenty windows large
                times=3,
                dataset=dict(
                    ann_file=_splits + 'sirst-v2_train.txt',
                    disjoint_from=[_splits + 'sirst-v2_val.txt'],
                    cache_images=True,
                    # Cut first, so that no large frame is resized as a whole.
                    pipeline=_windows(
                        0.7, 0.3, dict(type='RandomTargetCrop', crop_size=(512, 512))
                    ),
                    **_sirst_v2,
                ),
            ),
            dict(
                ann_file='idx/train.txt',
                disjoint_from=['idx/val.txt', 'idx/test.txt'],
                cache_images=True,
                pipeline=_windows(0.7, 0.0),
                **_scenes,
            ),
        ],
    )
)
_val = dict(cache_images=True, pipeline=test_pipeline, test_mode=True)
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(ann_file='idx_427/val.txt', disjoint_from=['idx_427/test.txt'], **_val, **_sirst),
            dict(
                ann_file=_splits + 'nudt-sirst_val.txt',
                disjoint_from=['50_50/test.txt'],
                **_val,
                **_nudt,
            ),
        ],
    )
)
# Each set is tested by itself: SIRST here, the others by configs of their own.
test_dataloader = dict(dataset=dict(ann_file='idx_427/test.txt', pipeline=test_pipeline, **_sirst))
