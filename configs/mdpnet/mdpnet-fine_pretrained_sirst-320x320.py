# The general network goes on with SIRST alone: whole images at the test's scale. It has seen
# NUDT-SIRST's training images, too.
_base_ = './mdpnet-fine_sirst-320x320.py'
load_from = 'mdp_plugin/weights/mdpnet-fine_general-320x320.pth'
model = dict(data_preprocessor=dict(size=(320, 320)))
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            step
            for step in _base_.train_pipeline
            if step['type'] not in ('RandomScaleJitter', 'RandomTargetCrop')
        ]
    )
)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(eta_max=1e-3, total_steps=15)
train_cfg = dict(max_epochs=15, val_interval=5)
