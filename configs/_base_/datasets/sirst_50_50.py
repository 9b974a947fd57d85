# SIRST's own files with the split of DNANet, 50_50: 213 / 214 images.
# A fixed fifth of the training images serves as val.
_base_ = './sirst.py'

# Grey mean and standard deviation (0..255) of the training images, see docs/data.md.
data_preprocessor = dict(mean=[113.69], std=[56.20])

_train = dict(ann_file='50_50/train.txt', disjoint_from=['50_50/test.txt'])
train_dataloader = dict(dataset=dict(part='train', **_train))
val_dataloader = dict(dataset=dict(part='val', **_train))
test_dataloader = dict(dataset=dict(ann_file='50_50/test.txt'))
