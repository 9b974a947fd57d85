# Tests the general network on NUDT-SIRST.
_base_ = ['./mdpnet-fine_general-320x320.py']
scale = (256, 256)  # (width, height)
test_pipeline_square = _base_.test_pipeline_square
test_pipeline_square[4].scale = scale
test_dataloader = dict(
    dataset=dict(
        data_root='data/NUDT-SIRST',
        ann_file='50_50/test.txt',
        seg_map_suffix='.png',
    )
)
