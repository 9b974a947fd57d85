# MDPNet-fine learns from itself with DINOv2's tokens; test it with the plain config.
_base_ = ['./mdpnet-fine_nudt-sirst-256x256.py', '../_base_/distillation/dinov2_small.py']
model = dict(
    type='DistillEncoderDecoder',
    teacher=dict(
        type='FrozenTeacher',
        config='configs/dinov2/dinov2-small_nudt-sirst-256x256.py',
        checkpoint='work_dirs/dinov2-small_nudt-sirst-256x256/dinov2-small_nudt-sirst-256x256.pth',
    ),
    distillers=_base_.distillers,
    active=('semantic_8', 'semantic_16'),
)
# The teacher's tokens follow the student's images.
_symmetry = [s for s in _base_.train_pipeline if s['type'] == 'RandomSymmetry']
train_pipeline = [
    *_base_.load_pipeline,
    dict(type='LoadTokens', folder='work_dirs/tokens/nudt-sirst', steps=_symmetry),
    dict(type='RandomInfraredIntensity', noise=None),
    dict(
        type='PackSegInputs',
        meta_keys=('img_path', 'seg_map_path', 'ori_shape', 'img_shape', 'tokens'),
    ),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
