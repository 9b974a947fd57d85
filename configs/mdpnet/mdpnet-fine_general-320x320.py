# One network for frames of any camera: goes on from NUDT-SIRST's weights with both data sets.
_base_ = [
    '../_base_/models/mdpnet_fine.py',
    '../_base_/datasets/general.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
load_from = 'mdp_plugin/weights/mdpnet-fine_nudt-sirst-256x256.pth'
model = dict(data_preprocessor=_base_.data_preprocessor)
optim_wrapper = dict(optimizer=dict(lr=2.5e-3))
train_cfg = dict(max_epochs=60)
