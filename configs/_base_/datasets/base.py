# What all data sets share: pipelines, loaders and evaluators. A data set states its folders, splits
# and statistics, and what it does otherwise. What it changes in a pipeline it finds by the type of
# the step, as `_sizes` in nudt_sirst.py.
crop_size = (256, 256)  # (height, width)
data_preprocessor = dict(
    type='SegDataPreProcessor',
    bgr_to_rgb=False,
    pad_val=0,
    seg_pad_val=255,
    size=crop_size,
)

scale = (320, 320)  # (width, height)
# Image and mask, as every training pipeline begins.
load_pipeline = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='BinarizeMask'),
]
train_pipeline = [
    *load_pipeline,
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
# Three views, and the mask that is loaded after them.
tta_views = [
    dict(type='RandomFlip', prob=0.0, direction='horizontal'),
    dict(type='RandomFlip', prob=1.0, direction='horizontal'),
    dict(type='RandomFlip', prob=1.0, direction='vertical'),
]
tta_truth = [[dict(type='LoadAnnotations', imdecode_backend='cv2')], [dict(type='BinarizeMask')]]
tta_pipeline = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='AlignedResize', scale=scale),
    dict(type='TestTimeAug', transforms=[tta_views, *tta_truth, [dict(type='PackSegInputs')]]),
]

_files = dict(
    type='IRSTDDataset',
    data_prefix=dict(img_path='images/', seg_map_path='masks/'),
    img_suffix='.png',
    seg_map_suffix='.png',
)
train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(pipeline=train_pipeline, **_files),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=test_pipeline, test_mode=True, **_files),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=test_pipeline, test_mode=True, **_files),
)

val_evaluator = dict(type='IRSTDMetric', curves=False)  # the curves are for the test
test_evaluator = dict(type='IRSTDMetric')
