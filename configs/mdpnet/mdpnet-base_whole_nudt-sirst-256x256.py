# The second part of the training on NUDT-SIRST: from the windows on targets to whole images, which
# show the backgrounds as the test does. Starts from the last weights of the first part.
_base_ = './mdpnet-base_nudt-sirst-256x256.py'
load_from = 'work_dirs/mdpnet-base_nudt-sirst-256x256/epoch_320.pth'

model = dict(data_preprocessor=dict(size=(256, 256)))
train_dataloader = dict(
    dataset=dict(pipeline=[t for t in _base_.train_pipeline if t['type'] != 'RandomTargetCrop'])
)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=1e-3,
        total_steps=25,
        pct_start=0.1,
        by_epoch=True,
        convert_to_iter_based=True,
    )
]
train_cfg = dict(max_epochs=25, val_interval=5)
