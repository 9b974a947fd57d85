# IRSTD-1k as ISNet distributes it: 800 / 201 images of 512x512.
# A fixed fifth of trainval.txt serves as val.
dataset_type = 'IRSTDDataset'
data_root = 'data/IRSTD-1k'

crop_size = (160, 160)  # (height, width)
# Not measured by this project: the mean is the one that BasicIRSTD publishes, the standard
# deviation (0.230 of 255) stands in a public loader.
# Measure with tools/analysis_tools/grey_statistics.py and write the two figures here.
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[87.47],
    std=[58.65],
    bgr_to_rgb=False,
    pad_val=0,
    seg_pad_val=255,
    size=crop_size,
)

scale = (512, 512)  # (width, height)
train_pipeline = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='BinarizeMask'),
    dict(type='AlignedResize', scale=scale),
    dict(type='RandomScaleJitter', ratio_range=(0.75, 1.5)),
    dict(type='RandomTargetCrop', crop_size=crop_size, target_prob=0.5),
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
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='trainval.txt',
        data_prefix=dict(img_path='IRSTD1k_Img/', seg_map_path='IRSTD1k_Label/'),
        img_suffix='.png',
        seg_map_suffix='.png',
        part='train',
        disjoint_from=['test.txt'],
        pipeline=train_pipeline,
    ),
)

val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='trainval.txt',
        data_prefix=dict(img_path='IRSTD1k_Img/', seg_map_path='IRSTD1k_Label/'),
        img_suffix='.png',
        seg_map_suffix='.png',
        part='val',
        disjoint_from=['test.txt'],
        pipeline=test_pipeline,
        test_mode=True,
    ),
)

test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='test.txt',
        data_prefix=dict(img_path='IRSTD1k_Img/', seg_map_path='IRSTD1k_Label/'),
        img_suffix='.png',
        seg_map_suffix='.png',
        pipeline=test_pipeline,
        test_mode=True,
    ),
)

val_evaluator = dict(type='IRSTDMetric', curves=False)  # the curves are for the test
test_evaluator = dict(type='IRSTDMetric')
