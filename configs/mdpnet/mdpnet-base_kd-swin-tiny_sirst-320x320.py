# MDPNet learns from swin-tiny, with its second and third stages at 1/8 and 1/16. The weights
# are not in the project: train it first (docs/distillation.md).
_base_ = './mdpnet-base_sirst-320x320.py'
model = dict(
    type='DistillEncoderDecoder',
    teacher=dict(
        type='FrozenTeacher',
        config='configs/swin/swin-tiny_sirst-320x320.py',
        checkpoint='work_dirs/swin-tiny_sirst-320x320/swin-tiny_sirst-320x320.pth',
    ),
    distillers=dict(
        semantic_8=dict(student=2, teacher=1, loss=dict(type='SemanticDistillationLoss')),
        semantic_16=dict(student=3, teacher=2, loss=dict(type='SemanticDistillationLoss')),
    ),
)
