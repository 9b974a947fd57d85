# NUST-SIRST as the authors of MDvsFA distribute it, without split files: training images
# NNNNNN_1.png with masks NNNNNN_2.png beside them (128x128), and 100 test images.
# A fixed fifth of the training images serves as val.
_base_ = './base.py'

data_root = 'data/MDvsFA'
# Not measured with this project's tool: the figures of SIRST.
# Measure with tools/analysis_tools/grey_statistics.py and write the two figures here.
data_preprocessor = dict(mean=[114.30], std=[54.65])

scale = (256, 256)  # (width, height)
_sizes = dict(AlignedResize=dict(scale=scale))
train_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.train_pipeline]
test_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline]
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
tta_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.tta_pipeline]

_train = dict(
    data_root=data_root,
    data_prefix=dict(img_path='training_data/', seg_map_path='training_data/'),
    img_suffix='_1.png',
    seg_map_suffix='_2.png',
)
_test = dict(
    data_root=data_root,
    data_prefix=dict(img_path='test_single_frame/', seg_map_path='test_single_frame_gt/'),
)
train_dataloader = dict(
    num_workers=2, dataset=dict(part='train', pipeline=train_pipeline, **_train)
)
val_dataloader = dict(num_workers=2, dataset=dict(part='val', pipeline=test_pipeline, **_train))
test_dataloader = dict(num_workers=2, dataset=dict(pipeline=test_pipeline, **_test))
