# MDPNet learns from unet-s5; test it with the plain config.
_base_ = ['./mdpnet-fine_nudt-sirst-256x256.py', '../_base_/distillation/unet_s5.py']
model = dict(
    type='DistillEncoderDecoder',
    teacher=dict(
        type='FrozenTeacher',
        config='configs/unet/unet-s5_nudt-sirst-256x256.py',
        checkpoint='checkpoints/teachers/unet-s5_nudt-sirst-256x256.pth',
    ),
    distillers=_base_.distillers,
    active=('semantic_8', 'semantic_16'),
)
