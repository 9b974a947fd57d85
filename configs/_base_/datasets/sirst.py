# SIRST (NUAA-SIRST) as its authors distribute it, split idx_427: 256 / 85 / 86 images.
dataset_type = 'IRSTDDataset'
data_root = 'data/SIRST'

crop_size = (256, 256)  # (height, width)
# Grey mean and standard deviation (0..255) of the training images, see docs/data.md.
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[114.30],
    std=[54.65],
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
    dict(type='AlignedResize', scale=scale),
    dict(type='RandomScaleJitter', ratio_range=(0.75, 1.5)),
    dict(type='RandomTargetCrop', crop_size=crop_size, target_prob=1.0),
    dict(type='RandomFlip', prob=[0.25, 0.25], direction=['horizontal', 'vertical']),
    dict(type='RandomQuarterTurn', prob=0.75),
    dict(type='RandomInfraredIntensity'),
    dict(type='PackSegInputs'),
]
# Scored at each image's original size: the mask is loaded after the resizing.
test_pipeline = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='AlignedResize', scale=scale),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='BinarizeMask'),
    dict(type='PackSegInputs'),
]
# Scored at the network's size, as papers do that resize image and mask to a square first.
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
    dict(type='AlignedResize', scale=scale),
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

train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='idx_427/train.txt',
        data_prefix=dict(img_path='images/', seg_map_path='masks/'),
        img_suffix='.png',
        seg_map_suffix='_pixels0.png',
        disjoint_from=['idx_427/val.txt', 'idx_427/test.txt'],
        cache_images=True,
        pipeline=train_pipeline,
    ),
)

val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='idx_427/val.txt',
        data_prefix=dict(img_path='images/', seg_map_path='masks/'),
        img_suffix='.png',
        seg_map_suffix='_pixels0.png',
        disjoint_from=['idx_427/test.txt'],
        cache_images=True,
        pipeline=test_pipeline,
        test_mode=True,
    ),
)

test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='idx_427/test.txt',
        data_prefix=dict(img_path='images/', seg_map_path='masks/'),
        img_suffix='.png',
        seg_map_suffix='_pixels0.png',
        pipeline=test_pipeline,
        test_mode=True,
    ),
)

val_evaluator = dict(type='IRSTDMetric', curves=False)  # the curves are for the test
test_evaluator = dict(type='IRSTDMetric')
