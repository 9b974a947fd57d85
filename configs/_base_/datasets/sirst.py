# SIRST (NUAA-SIRST) as its authors distribute it, split idx_427: 256 / 85 / 86 images.
_base_ = './base.py'

data_root = 'data/SIRST'
# Grey mean and standard deviation (0..255) of the training images, see docs/data.md.
data_preprocessor = dict(mean=[114.30], std=[54.65])

_files = dict(data_root=data_root, seg_map_suffix='_pixels0.png')
train_dataloader = dict(
    dataset=dict(
        ann_file='idx_427/train.txt',
        disjoint_from=['idx_427/val.txt', 'idx_427/test.txt'],
        cache_images=True,
        **_files,
    )
)
val_dataloader = dict(
    dataset=dict(
        ann_file='idx_427/val.txt', disjoint_from=['idx_427/test.txt'], cache_images=True, **_files
    )
)
test_dataloader = dict(dataset=dict(ann_file='idx_427/test.txt', **_files))
