_base_ = [
    '../_base_/models/unet.py',
    '../_base_/datasets/nudt_sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=_base_.data_preprocessor,
    # As its student's, but for the cross entropy of pixels: with the base's losses the U-Net leaves
    # out one target in ten.
    decode_head=dict(
        loss_decode=[
            dict(type='SoftIoULoss', reduction='batch', loss_weight=0.5),
            dict(
                type='SoftIoULoss',
                reduction='sample',
                loss_weight=0.5,
                loss_name='loss_soft_niou',
            ),
            dict(type='TargetLoss', loss_weight=0.5),
        ],
    ),
)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
train_cfg = dict(max_epochs=40, val_interval=5)
default_hooks = dict(
    channels_last=dict(type='ChannelsLastHook'),
    publish=dict(type='PublishHook'),
)
