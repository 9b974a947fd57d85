# Tests the network for frames of any camera on NUDT-SIRST.
_base_ = ['./mdpnet-fine_cameras_sirst-320x320.py']
scale = (256, 256)  # (width, height)
_sizes = dict(AlignedResize=dict(scale=scale))
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
test_dataloader = dict(
    dataset=dict(data_root='data/NUDT-SIRST', ann_file='50_50/test.txt', seg_map_suffix='.png')
)
