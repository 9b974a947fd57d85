# IRSTD-1k as ISNet distributes it: 800 / 201 images of 512x512.
# A fixed fifth of trainval.txt serves as val.
_base_ = './base.py'

data_root = 'data/IRSTD-1k'
# Not measured by this project: the mean is the one that BasicIRSTD publishes, the standard
# deviation (0.230 of 255) stands in a public loader.
# Measure with tools/analysis_tools/grey_statistics.py and write the two figures here.
data_preprocessor = dict(mean=[87.47], std=[58.65])

scale = (512, 512)  # (width, height)
_sizes = dict(AlignedResize=dict(scale=scale))
train_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.train_pipeline]
test_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline]
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
tta_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.tta_pipeline]

_files = dict(
    data_root=data_root,
    data_prefix=dict(img_path='IRSTD1k_Img/', seg_map_path='IRSTD1k_Label/'),
)
_train = dict(ann_file='trainval.txt', disjoint_from=['test.txt'], **_files)
train_dataloader = dict(
    num_workers=2, dataset=dict(part='train', pipeline=train_pipeline, **_train)
)
val_dataloader = dict(num_workers=2, dataset=dict(part='val', pipeline=test_pipeline, **_train))
test_dataloader = dict(
    num_workers=2, dataset=dict(ann_file='test.txt', pipeline=test_pipeline, **_files)
)
