# Synthetic scenes of 256x256 in the layout of SIRST: tools/make_synthetic_dataset.py.
_base_ = './base.py'

data_root = 'data/synthetic'
crop_size = (128, 128)  # (height, width)
# Grey mean and standard deviation (0..255) of the training images, see docs/data.md.
data_preprocessor = dict(mean=[103.56], std=[45.05], size=crop_size)

scale = (256, 256)  # (width, height)
_sizes = dict(AlignedResize=dict(scale=scale), RandomTargetCrop=dict(crop_size=crop_size))
train_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.train_pipeline]
test_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline]
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
tta_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.tta_pipeline]

_files = dict(data_root=data_root, seg_map_suffix='_pixels0.png')
train_dataloader = dict(
    drop_last=False,  # a set may be smaller than a batch
    dataset=dict(
        ann_file='idx/train.txt',
        disjoint_from=['idx/val.txt', 'idx/test.txt'],
        cache_images=True,
        pipeline=train_pipeline,
        **_files,
    ),
)
val_dataloader = dict(
    dataset=dict(
        ann_file='idx/val.txt',
        disjoint_from=['idx/test.txt'],
        cache_images=True,
        pipeline=test_pipeline,
        **_files,
    )
)
test_dataloader = dict(dataset=dict(ann_file='idx/test.txt', pipeline=test_pipeline, **_files))
