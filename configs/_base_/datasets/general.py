# SIRST and NUDT-SIRST together: one network for frames of any camera. Frames keep their own
# size, in training as in use: a camera's larger frames would lose targets by a resize to a square.
dataset_type = 'IRSTDDataset'

native = True  # frames go to the network as they are; `scale` is that of the square's figures

crop_size = (256, 256)  # (height, width)
# Of the training images of both sets, every image weighing the same, see docs/data.md.
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[110.27],
    std=[55.13],
    bgr_to_rgb=False,
    pad_val=0,
    seg_pad_val=255,
    size=crop_size,
)

scale = (320, 320)  # (width, height)
train_pipeline = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='BinarizeMask'),
    dict(type='RandomScaleJitter', ratio_range=(0.75, 1.5)),
    dict(type='RandomTargetCrop', crop_size=crop_size, target_prob=1.0),
    dict(type='RandomFlip', prob=[0.25, 0.25], direction=['horizontal', 'vertical']),
    dict(type='RandomQuarterTurn', prob=0.75),
    dict(type='RandomInfraredIntensity'),
    dict(type='PackSegInputs'),
]
# As in nudt_sirst.py: its masks of 13 to 36 pixels lie off, and its images keep their scale.
nudt_train_pipeline = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='BinarizeMask'),
    dict(type='RandomSymmetry', mask_offset=(-0.5, -0.5), area=(13, 36)),
    dict(type='RandomInfraredIntensity', noise=None),
    dict(type='PackSegInputs'),
]
# Scored at each image's own size, which is the network's, too.
test_pipeline = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='BinarizeMask'),
    dict(type='PackSegInputs'),
]
# Scored on a square, as papers do that resize image and mask to a square first.
test_pipeline_square = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='BinarizeMask'),
    dict(type='AlignedResize', scale=scale, as_original=True),
    dict(type='PackSegInputs'),
]
tta_pipeline = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(type='RandomFlip', prob=0.0, direction='horizontal'),
                dict(type='RandomFlip', prob=1.0, direction='horizontal'),
                dict(type='RandomFlip', prob=1.0, direction='vertical'),
            ],
            [dict(type='LoadAnnotations', imdecode_backend='cv2')],
            [dict(type='BinarizeMask')],
            [dict(type='PackSegInputs')],
        ],
    ),
]

sirst = dict(
    type=dataset_type,
    data_root='data/SIRST',
    data_prefix=dict(img_path='images/', seg_map_path='masks/'),
    img_suffix='.png',
    seg_map_suffix='_pixels0.png',
)
nudt_sirst = dict(
    type=dataset_type,
    data_root='data/NUDT-SIRST',
    data_prefix=dict(img_path='images/', seg_map_path='masks/'),
    img_suffix='.png',
    seg_map_suffix='.png',
)
splits = '{{ fileDirname }}/splits/'
train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='ConcatDataset',
        datasets=[
            dict(
                ann_file='idx_427/train.txt',
                disjoint_from=['idx_427/val.txt', 'idx_427/test.txt'],
                cache_images=True,
                pipeline=train_pipeline,
                **sirst,
            ),
            dict(
                ann_file=splits + 'nudt-sirst_train.txt',
                disjoint_from=[splits + 'nudt-sirst_val.txt', '50_50/test.txt'],
                cache_images=True,
                pipeline=nudt_train_pipeline,
                **nudt_sirst,
            ),
        ],
    ),
)

val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ConcatDataset',
        datasets=[
            dict(
                ann_file='idx_427/val.txt',
                disjoint_from=['idx_427/test.txt'],
                cache_images=True,
                pipeline=test_pipeline,
                test_mode=True,
                **sirst,
            ),
            dict(
                ann_file=splits + 'nudt-sirst_val.txt',
                disjoint_from=['50_50/test.txt'],
                cache_images=True,
                pipeline=test_pipeline,
                test_mode=True,
                **nudt_sirst,
            ),
        ],
    ),
)

# Each set is tested by itself: SIRST here, NUDT-SIRST by a config of its own.
test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        ann_file='idx_427/test.txt',
        pipeline=test_pipeline,
        test_mode=True,
        **sirst,
    ),
)

val_evaluator = dict(type='IRSTDMetric', curves=False)  # the curves are for the test
test_evaluator = dict(type='IRSTDMetric')
