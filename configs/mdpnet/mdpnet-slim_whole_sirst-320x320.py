# The second part: from windows on targets at several scales to whole images at the test's scale.
# Starts from the last weights of the first part.
_base_ = './mdpnet-slim_sirst-320x320.py'
load_from = 'work_dirs/mdpnet-slim_sirst-320x320/epoch_200.pth'
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
train_cfg = dict(max_epochs=15, val_interval=5)
