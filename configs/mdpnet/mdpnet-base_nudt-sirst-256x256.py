_base_ = [
    '../_base_/models/mdpnet.py',
    '../_base_/datasets/nudt_sirst.py',
    '../_base_/schedules/adamw_200e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=_base_.data_preprocessor)
# A long run: 132 steps an epoch.
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=5e-3,
        total_steps=320,
        pct_start=0.1,
        by_epoch=True,
        convert_to_iter_based=True,
    )
]
train_cfg = dict(max_epochs=320, val_interval=20)
