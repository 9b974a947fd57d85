# The second part of the training on SIRST: from windows on targets at several scales to whole
# images at the test's scale. Starts from the last weights of the first part.
_base_ = './mdpnet-base_sirst-320x320.py'
load_from = 'work_dirs/mdpnet-base_sirst-320x320/epoch_200.pth'

model = dict(data_preprocessor=dict(size=(320, 320)))
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            t
            for t in _base_.train_pipeline
            if t['type'] not in ('RandomScaleJitter', 'RandomTargetCrop')
        ]
    )
)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=1e-3,
        total_steps=15,
        pct_start=0.1,
        by_epoch=True,
        convert_to_iter_based=True,
    )
]
train_cfg = dict(max_epochs=15, val_interval=5)
