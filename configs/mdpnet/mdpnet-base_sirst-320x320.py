_base_ = [
    '../_base_/models/mdpnet.py',
    '../_base_/datasets/sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=_base_.data_preprocessor)
train_cfg = dict(max_epochs=50, val_interval=5)
