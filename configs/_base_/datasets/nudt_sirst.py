# NUDT-SIRST in the layout of DNANet, split 50_50: 663 / 664 images of 256x256.
# A fixed fifth of the training images, 133, serves as val (splits/, drawn as docs/data.md says).
dataset_type = 'IRSTDDataset'
data_root = 'data/NUDT-SIRST'

crop_size = (256, 256)  # (height, width)
# Grey mean and standard deviation (0..255) of the training images, see docs/data.md.
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[108.32],
    std=[55.24],
    bgr_to_rgb=False,
    pad_val=0,
    seg_pad_val=255,
    size=crop_size,
)

scale = (256, 256)  # (width, height)
# Many targets are of a few pixels and a few grey levels: images are neither rescaled nor made
# noisier. They are seen whole, since windows on targets hide the backgrounds that look like them.
train_pipeline = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='BinarizeMask'),
    # Masks of 13 to 36 pixels lie half a pixel above and left of their targets (docs/data.md).
    dict(type='RandomSymmetry', mask_offset=(-0.5, -0.5), area=(13, 36)),
    dict(type='RandomInfraredIntensity', noise=None),
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
        ann_file='{{ fileDirname }}/splits/nudt-sirst_train.txt',
        data_prefix=dict(img_path='images/', seg_map_path='masks/'),
        img_suffix='.png',
        seg_map_suffix='.png',
        disjoint_from=['{{ fileDirname }}/splits/nudt-sirst_val.txt', '50_50/test.txt'],
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
        ann_file='{{ fileDirname }}/splits/nudt-sirst_val.txt',
        data_prefix=dict(img_path='images/', seg_map_path='masks/'),
        img_suffix='.png',
        seg_map_suffix='.png',
        disjoint_from=['50_50/test.txt'],
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
        ann_file='50_50/test.txt',
        data_prefix=dict(img_path='images/', seg_map_path='masks/'),
        img_suffix='.png',
        seg_map_suffix='.png',
        pipeline=test_pipeline,
        test_mode=True,
    ),
)

val_evaluator = dict(type='IRSTDMetric', curves=False)  # the curves are for the test
test_evaluator = dict(type='IRSTDMetric')
