# For accuracy: all stages at full resolution, at four times the multiply-adds, and a wider last stage.
# Trained with --amp.
_base_ = './mdpnet-base_nudt-sirst-256x256.py'
model = dict(
    backbone=dict(stem_stride=1, embed_dims=(32, 64, 96, 160)),
    decode_head=dict(
        upscale=1,
        in_channels=(32, 64, 96, 160),
        loss_decode=[
            *_base_.model.decode_head.loss_decode,
            dict(type='TargetLoss', loss_weight=0.5, gamma=0.0),
        ],
    ),
)
param_scheduler = _base_.param_scheduler
param_scheduler[0].total_steps = 80
train_cfg = dict(max_epochs=80)
