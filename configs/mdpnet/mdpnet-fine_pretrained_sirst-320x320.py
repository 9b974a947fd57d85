# The general network goes on with SIRST alone, whole images at the test's scale. So it has seen
# NUDT-SIRST's training images, too. Trained on train and val with everything fixed before: chosen
# with ann_file='idx_427/train.txt' by the figures on val, which mean nothing here. Its weights are
# those of the last epoch.
_base_ = [
    '../_base_/models/mdpnet_fine.py',
    '../_base_/datasets/sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
load_from = 'mdp_plugin/weights/mdpnet-fine_general-320x320.pth'
model = dict(data_preprocessor={**_base_.data_preprocessor, 'size': (320, 320)})
train_pipeline = [
    step
    for step in _base_.train_pipeline
    if step['type'] not in ('RandomScaleJitter', 'RandomTargetCrop')
]
train_dataloader = dict(
    dataset=dict(
        ann_file='idx_427/trainval.txt',
        disjoint_from=['idx_427/test.txt'],
        pipeline=train_pipeline,
    )
)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=30, val_interval=30)
default_hooks = dict(checkpoint=dict(save_best=None))
