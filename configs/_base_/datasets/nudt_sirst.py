# NUDT-SIRST in the layout of DNANet, split 50_50: 663 / 664 images of 256x256.
# A fixed fifth of the training images, 133, serves as val (splits/, drawn as docs/data.md says).
_base_ = './base.py'

data_root = 'data/NUDT-SIRST'
# Grey mean and standard deviation (0..255) of the training images, see docs/data.md.
data_preprocessor = dict(mean=[108.32], std=[55.24])

scale = (256, 256)  # (width, height)
_sizes = dict(AlignedResize=dict(scale=scale))
# Many targets are of a few pixels and a few grey levels: images are neither rescaled nor made
# noisier. They are seen whole, since windows on targets hide the backgrounds that look like them.
train_pipeline = [
    *_base_.load_pipeline,
    # Masks of 13 to 36 pixels lie half a pixel above and left of their targets (docs/data.md).
    dict(type='RandomSymmetry', mask_offset=(-0.5, -0.5), area=(13, 36)),
    dict(type='RandomInfraredIntensity', noise=None),
    dict(type='PackSegInputs'),
]
test_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline]
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
tta_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.tta_pipeline]

_splits = '{{ fileDirname }}/splits/nudt-sirst_'
train_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file=_splits + 'train.txt',
        disjoint_from=[_splits + 'val.txt', '50_50/test.txt'],
        cache_images=True,
        pipeline=train_pipeline,
    )
)
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file=_splits + 'val.txt',
        disjoint_from=['50_50/test.txt'],
        cache_images=True,
        pipeline=test_pipeline,
    )
)
test_dataloader = dict(
    dataset=dict(data_root=data_root, ann_file='50_50/test.txt', pipeline=test_pipeline)
)
