# As mdpnet-fine_pretrained_sirst-320x320.py, but with pasted targets: on val it finds a target more
# and raises more false alarms.
_base_ = './mdpnet-fine_sirst-320x320.py'
load_from = 'mdp_plugin/weights/mdpnet-fine_general-320x320.pth'
model = dict(data_preprocessor=dict(size=(320, 320)))
train_pipeline = [
    step
    for step in _base_.train_pipeline
    if step['type'] not in ('RandomScaleJitter', 'RandomTargetCrop')
]
train_pipeline.insert(5, dict(type='TargetCopyPaste'))  # after the resize
train_dataloader = dict(
    dataset=dict(
        ann_file='idx_427/trainval.txt',
        disjoint_from=['idx_427/test.txt'],
        pipeline=train_pipeline,
    )
)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(eta_max=1e-3, total_steps=30)
train_cfg = dict(max_epochs=30, val_interval=30)
default_hooks = dict(checkpoint=dict(save_best=None))
