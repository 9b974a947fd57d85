# On the project's own scenes, as a start for a training on real images.
_base_ = [
    '../_base_/models/mdpnet_fine.py',
    '../_base_/datasets/synthetic.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=_base_.data_preprocessor)
train_cfg = dict(max_epochs=40)
