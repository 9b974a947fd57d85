# MDPNet learns from the IRSTFormer of 5.8 M parameters. Its weights are not in the project:
# train it first (docs/distillation.md).
_base_ = './mdpnet-base_sirst-320x320.py'
model = dict(
    type='DistillEncoderDecoder',
    teacher=dict(
        type='FrozenTeacher',
        config='configs/irstformer/irstformer-base_sirst-320x320.py',
        checkpoint='work_dirs/irstformer-base_sirst-320x320/irstformer-base_sirst-320x320.pth',
    ),
    distillers=dict(
        semantic_8=dict(student=2, teacher=2, loss=dict(type='SemanticDistillationLoss')),
        semantic_16=dict(student=3, teacher=3, loss=dict(type='SemanticDistillationLoss')),
    ),
)
