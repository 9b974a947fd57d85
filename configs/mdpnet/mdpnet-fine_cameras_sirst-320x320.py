# Tests the network for frames of any camera on SIRST.
_base_ = [
    '../_base_/models/mdpnet_fine.py',
    '../_base_/datasets/general.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=_base_.data_preprocessor, decode_head=dict(interpolate_mode='nearest')
)
