# Half the epochs of adamw_200e.py, for the larger data sets.
_base_ = './adamw_200e.py'
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=5e-3,
        total_steps=100,
        pct_start=0.1,
        by_epoch=True,
        convert_to_iter_based=True,
    )
]
train_cfg = dict(max_epochs=100)
