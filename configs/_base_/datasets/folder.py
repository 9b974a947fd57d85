# Any folder of images and masks, a subfolder for each of train, val and test: train/images,
# train/masks and so on, without split files. Copy this file, set its ten values and leave the rest.
_base_ = './base.py'

data_root = 'data/my_dataset'
images = 'images/'
masks = 'masks/'
img_suffix = 'auto'  # or '.png', '_1.png', ('.bmp', '.png')
mask_suffix = 'auto'
white_level = 65535  # of images of 16 bits; 4095 of a camera of 12, 16383 of 14
scale = (320, 320)  # (width, height) to which every image is brought
crop_size = (256, 256)  # (height, width) of the windows that are cut from it for training
# Measure both with tools/analysis_tools/grey_statistics.py; these are SIRST's.
mean = 114.30
std = 54.65

# Here the values go to where they are used.
data_preprocessor = dict(mean=[mean], std=[std], size=crop_size)
_sizes = dict(
    ToGrayscale=dict(white_level=white_level),
    AlignedResize=dict(scale=scale),
    RandomTargetCrop=dict(crop_size=crop_size),
)
train_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.train_pipeline]
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
