# Any data set in the layout of BasicIRSTD: images/ masks/ img_idx/{train,test}_NAME.txt.
# Here NUAA-SIRST; for another one change `data_root`, `dataset_name`, mean and std.
# A fixed fifth of the training images serves as val.
_base_ = './base.py'

data_root = 'data/NUAA-SIRST'
dataset_name = 'NUAA-SIRST'
# Grey mean and standard deviation (0..255) of the training images of this split, measured with
# the files of SIRST (configs/_base_/datasets/sirst_50_50.py), see docs/data.md.
data_preprocessor = dict(mean=[113.69], std=[56.20])

_files = dict(data_root=data_root, img_suffix='auto', seg_map_suffix='auto')
_train = dict(
    ann_file=f'img_idx/train_{dataset_name}.txt',
    disjoint_from=[f'img_idx/test_{dataset_name}.txt'],
    cache_images=True,
    **_files,
)
train_dataloader = dict(dataset=dict(part='train', **_train))
val_dataloader = dict(dataset=dict(part='val', **_train))
test_dataloader = dict(dataset=dict(ann_file=f'img_idx/test_{dataset_name}.txt', **_files))
