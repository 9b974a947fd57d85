# The general network goes on with SIRST alone, whole images at the test's scale. So it has seen
# NUDT-SIRST's training images, too. Trained on train and val with everything fixed before: chosen
# with ann_file='idx_427/train.txt' by the figures on val, which mean nothing here. Its weights are
# those of the last epoch.
_base_ = './mdpnet-fine_sirst-320x320.py'
load_from = 'mdp_plugin/weights/mdpnet-fine_general-320x320.pth'
model = dict(
    data_preprocessor=dict(size=(320, 320)),
    decode_head=dict(
        loss_decode=[
            *_base_.model.decode_head.loss_decode[:3],
            dict(type='PixelFocalLoss', loss_weight=0.5),
        ]
    ),
)
train_dataloader = dict(
    dataset=dict(
        ann_file='idx_427/trainval.txt',
        disjoint_from=['idx_427/test.txt'],
        pipeline=[
            step
            for step in _base_.train_pipeline
            if step['type'] not in ('RandomScaleJitter', 'RandomTargetCrop')
        ],
    )
)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(eta_max=1e-3, total_steps=30)
train_cfg = dict(max_epochs=30, val_interval=30)
default_hooks = dict(checkpoint=dict(save_best=None))
