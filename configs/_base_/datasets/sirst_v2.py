# SIRST-V2 (open-sirst-v2) as its authors distribute it, the full split.
# It holds background images: their masks are empty.
_base_ = './base.py'

data_root = 'data/SIRST-V2'
# Not measured with this project's tool: the figures of SIRST, most of whose images it holds.
# Measure with tools/analysis_tools/grey_statistics.py and write the two figures here.
data_preprocessor = dict(mean=[114.30], std=[54.65])

_files = dict(
    data_root=data_root,
    data_prefix=dict(img_path='mixed/', seg_map_path='annotations/masks/'),
    seg_map_suffix='_pixels0.png',
)
train_dataloader = dict(
    dataset=dict(
        ann_file='splits/train_full.txt',
        disjoint_from=['splits/val_full.txt', 'splits/test_full.txt'],
        cache_images=True,
        **_files,
    )
)
val_dataloader = dict(
    dataset=dict(
        ann_file='splits/val_full.txt',
        disjoint_from=['splits/test_full.txt'],
        cache_images=True,
        **_files,
    )
)
test_dataloader = dict(dataset=dict(ann_file='splits/test_full.txt', **_files))
