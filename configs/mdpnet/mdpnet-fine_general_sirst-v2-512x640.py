# Tests the general network on frames of cameras that it has not seen: the val frames of SIRST-V2,
# nearly all of them without a target.
_base_ = ['./mdpnet-fine_general-320x320.py']
scale = (640, 512)  # (width, height)
_sizes = dict(AlignedResize=dict(scale=scale))
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
test_dataloader = dict(
    dataset=dict(
        data_root='data/SIRST-V2',
        data_prefix=dict(img_path='mixed/', seg_map_path='annotations/masks/'),
        ann_file='{{ fileDirname }}/../_base_/datasets/splits/sirst-v2_val.txt',
    )
)
