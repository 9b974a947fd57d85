# SIRST and NUDT-SIRST together: one network for frames of any camera. Frames keep their own
# size, in training as in use: a camera's larger frames would lose targets by a resize to a square.
_base_ = './base.py'

native = True  # frames go to the network as they are; `scale` is that of the square's figures
# Of the training images of both sets, every image weighing the same, see docs/data.md.
data_preprocessor = dict(mean=[110.27], std=[55.13])

train_pipeline = [s for s in _base_.train_pipeline if s['type'] != 'AlignedResize']
# As in nudt_sirst.py: its masks of 13 to 36 pixels lie off, and its images keep their scale.
nudt_train_pipeline = [
    *_base_.load_pipeline,
    dict(type='RandomSymmetry', mask_offset=(-0.5, -0.5), area=(13, 36)),
    dict(type='RandomInfraredIntensity', noise=None),
    dict(type='PackSegInputs'),
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
_splits = '{{ fileDirname }}/splits/nudt-sirst_'
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
                ann_file=_splits + 'train.txt',
                disjoint_from=[_splits + 'val.txt', '50_50/test.txt'],
                cache_images=True,
                pipeline=nudt_train_pipeline,
                **_nudt,
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
            dict(ann_file=_splits + 'val.txt', disjoint_from=['50_50/test.txt'], **_val, **_nudt),
        ],
    )
)
# Each set is tested by itself: SIRST here, NUDT-SIRST by a config of its own.
test_dataloader = dict(dataset=dict(ann_file='idx_427/test.txt', pipeline=test_pipeline, **_sirst))
