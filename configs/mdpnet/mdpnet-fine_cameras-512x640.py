# One network for frames of any camera and size: goes on from NUDT-SIRST's weights with that set,
# SIRST, frames of other cameras and synthetic scenes.
_base_ = [
    '../_base_/models/mdpnet_fine.py',
    '../_base_/datasets/cameras.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
scale = (640, 512)  # (width, height)
_sizes = dict(AlignedResize=dict(scale=scale))
test_pipeline_square = [{**s, **_sizes.get(s['type'], {})} for s in _base_.test_pipeline_square]
load_from = 'mdp_plugin/weights/mdpnet-fine_nudt-sirst-256x256.pth'
model = dict(
    data_preprocessor=_base_.data_preprocessor,
    decode_head=dict(interpolate_mode='nearest'),  # a tenth of the time, and no loss on val
)
optim_wrapper = dict(optimizer=dict(lr=2.5e-3))
train_cfg = dict(max_epochs=60, val_interval=10)
default_hooks = dict(checkpoint=dict(save_best=None))
