# IRST640: BMP images of 640x512 with masks of the same name, split files beside the folders.
# A fixed fifth of trainval.txt serves as val.
_base_ = './base.py'

data_root = 'data/IRST640'
# Not measured with this project's tool: the figures of SIRST.
# Measure with tools/analysis_tools/grey_statistics.py and write the two figures here.
data_preprocessor = dict(mean=[114.30], std=[54.65])

scale = (640, 512)  # (width, height)
_sizes = dict(AlignedResize=dict(scale=scale))
train_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.train_pipeline]
test_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline]
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
tta_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.tta_pipeline]

_files = dict(data_root=data_root, img_suffix='.bmp', seg_map_suffix=('.bmp', '.png'))
_train = dict(ann_file='trainval.txt', disjoint_from=['test.txt'], **_files)
train_dataloader = dict(
    num_workers=2, dataset=dict(part='train', pipeline=train_pipeline, **_train)
)
val_dataloader = dict(num_workers=2, dataset=dict(part='val', pipeline=test_pipeline, **_train))
test_dataloader = dict(
    num_workers=2, dataset=dict(ann_file='test.txt', pipeline=test_pipeline, **_files)
)
