# MDPNet learns from irstformer-small; test it with the plain config.
_base_ = ['./mdpnet-fine_nudt-sirst-256x256.py', '../_base_/distillation/irstformer_small.py']
model = dict(
    type='DistillEncoderDecoder',
    teacher=dict(
        type='FrozenTeacher',
        config='configs/irstformer/irstformer-small_nudt-sirst-256x256.py',
        checkpoint='work_dirs/irstformer-small_nudt-sirst-256x256/irstformer-small_nudt-sirst-256x256.pth',
    ),
    distillers=_base_.distillers,
    active=('semantic_8', 'semantic_16'),
)
