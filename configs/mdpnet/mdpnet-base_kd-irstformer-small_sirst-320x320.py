# MDPNet learns from irstformer-small; test it with the plain config.
_base_ = ['./mdpnet-base_sirst-320x320.py', '../_base_/distillation/irstformer_small.py']
model = dict(
    type='DistillEncoderDecoder',
    teacher=dict(
        type='FrozenTeacher',
        config='configs/irstformer/irstformer-small_sirst-320x320.py',
        checkpoint='checkpoints/teachers/irstformer-small_sirst-320x320.pth',
    ),
    distillers=_base_.distillers,
    active=('semantic_8', 'semantic_16'),
)
