# NUAA-SIRST in the layout of DNANet, split 50_50: 213 / 214 images.
# A fixed fifth of the training images serves as val.
_base_ = './base.py'

data_root = 'data/NUAA-SIRST'
# Grey mean and standard deviation (0..255) of the training images of this split, measured with
# the files of SIRST (configs/_base_/datasets/sirst_50_50.py), see docs/data.md.
data_preprocessor = dict(mean=[113.69], std=[56.20])

_train = dict(
    data_root=data_root,
    ann_file='50_50/train.txt',
    disjoint_from=['50_50/test.txt'],
    cache_images=True,
)
train_dataloader = dict(dataset=dict(part='train', **_train))
val_dataloader = dict(dataset=dict(part='val', **_train))
test_dataloader = dict(dataset=dict(data_root=data_root, ann_file='50_50/test.txt'))
