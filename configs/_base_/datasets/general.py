# SIRST and NUDT-SIRST together: one network for frames of any camera. Frames keep their own
# size, in training as in use: a camera's larger frames would lose targets by a resize to a square.
_base_ = './sirst.py'

native = True  # frames go to the network as they are; `scale` is that of the square's figures

# Of the training images of both sets, every image weighing the same, see docs/data.md.
data_preprocessor = dict(mean=[110.27], std=[55.13])

train_pipeline = [step for step in _base_.train_pipeline if step['type'] != 'AlignedResize']
nudt_pipeline = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='BinarizeMask'),
    # As in nudt_sirst.py: its masks of 13 to 40 pixels lie off, and its images keep their scale.
    dict(type='RandomSymmetry', mask_offset=(-0.5, -0.5), area=(13, 40)),
    dict(type='RandomInfraredIntensity', noise=None),
    dict(type='PackSegInputs'),
]
test_pipeline = [step for step in _base_.test_pipeline if step['type'] != 'AlignedResize']
tta_pipeline = [step for step in _base_.tta_pipeline if step['type'] != 'AlignedResize']

nudt = dict(
    type='IRSTDDataset',
    data_root='data/NUDT-SIRST',
    data_prefix=dict(img_path='images/', seg_map_path='masks/'),
    img_suffix='.png',
    seg_map_suffix='.png',
)
splits = '{{ fileDirname }}/splits/'
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(_base_.train_dataloader.dataset, pipeline=train_pipeline),
            dict(
                nudt,
                ann_file=splits + 'nudt-sirst_train.txt',
                disjoint_from=[splits + 'nudt-sirst_val.txt', '50_50/test.txt'],
                cache_images=True,
                pipeline=nudt_pipeline,
            ),
        ],
    )
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(_base_.val_dataloader.dataset, pipeline=test_pipeline),
            dict(
                nudt,
                ann_file=splits + 'nudt-sirst_val.txt',
                disjoint_from=['50_50/test.txt'],
                cache_images=True,
                pipeline=test_pipeline,
                test_mode=True,
            ),
        ],
    )
)
# Each set is tested by itself: SIRST here, NUDT-SIRST by a config of its own.
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
