# Tests the network for frames of any camera on NUDT-SIRST.
_base_ = [
    '../_base_/models/mdpnet_fine.py',
    '../_base_/datasets/general.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=_base_.data_preprocessor, decode_head=dict(interpolate_mode='nearest')
)
scale = (256, 256)  # (width, height)
_sizes = dict(AlignedResize=dict(scale=scale))
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
test_dataloader = dict(
    dataset=dict(data_root='data/NUDT-SIRST', ann_file='50_50/test.txt', seg_map_suffix='.png')
)
