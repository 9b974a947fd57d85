# Any folder of images and masks, a subfolder for each of train, val and test: train/images,
# train/masks and so on, without split files. Copy this file, set its thirteen values and leave the
# rest.
_base_ = './base.py'

data_root = 'data/my_dataset'
images = 'images/'
masks = 'masks/'
img_suffix = 'auto'  # or '.png', '_1.png', ('.bmp', '.png')
mask_suffix = 'auto'
# Values that are black and white, such as 0 and 16383 of a camera of 14 bits. With None for both,
# images of 8 bits stay as they are, and all others are measured one by one (docs/grey_levels.md).
black_level = None
white_level = None
polarity = 'white-hot'  # or 'black-hot': what is hot is dark
# Share of the training images that are measured all the same: for a network that learns from
# images of 8 bits, or of given levels, and is to work on frames that are measured.
stretch_prob = 0.0
scale = (320, 320)  # (width, height) to which every image is brought
crop_size = (256, 256)  # (height, width) of the windows that are cut from it for training
# Measure both with tools/analysis_tools/grey_statistics.py; these are SIRST's.
mean = 114.30
std = 54.65

# Here the values go to where they are used.
data_preprocessor = dict(mean=[mean], std=[std], size=crop_size)
_sizes = dict(
    ToGrayscale=dict(black_level=black_level, white_level=white_level, polarity=polarity),
    AlignedResize=dict(scale=scale),
    RandomTargetCrop=dict(crop_size=crop_size),
)
_train = dict(_sizes, ToGrayscale=dict(_sizes['ToGrayscale'], stretch_prob=stretch_prob))
train_pipeline = [{**s, **_train.get(s['type'], {})} for s in _base_.train_pipeline]
test_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline]
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
tta_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.tta_pipeline]

_files = dict(data_root=data_root, img_suffix=img_suffix, seg_map_suffix=mask_suffix)
train_dataloader = dict(
    dataset=dict(
        data_prefix=dict(img_path=f'train/{images}', seg_map_path=f'train/{masks}'),
        pipeline=train_pipeline,
        **_files,
    )
)
val_dataloader = dict(
    dataset=dict(
        data_prefix=dict(img_path=f'val/{images}', seg_map_path=f'val/{masks}'),
        pipeline=test_pipeline,
        **_files,
    )
)
test_dataloader = dict(
    dataset=dict(
        data_prefix=dict(img_path=f'test/{images}', seg_map_path=f'test/{masks}'),
        pipeline=test_pipeline,
        **_files,
    )
)
