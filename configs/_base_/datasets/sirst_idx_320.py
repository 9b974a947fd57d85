# SIRST as its authors distribute it, split idx_320: 160 / 64 / 96 images.
_base_ = './sirst.py'

# Grey mean and standard deviation (0..255) of the training images, see docs/data.md.
data_preprocessor = dict(mean=[116.21], std=[57.34])

train_dataloader = dict(
    dataset=dict(
        ann_file='idx_320/train.txt', disjoint_from=['idx_320/val.txt', 'idx_320/test.txt']
    )
)
val_dataloader = dict(dataset=dict(ann_file='idx_320/val.txt', disjoint_from=['idx_320/test.txt']))
test_dataloader = dict(dataset=dict(ann_file='idx_320/test.txt'))
