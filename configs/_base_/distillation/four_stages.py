# What MDPNet-base can learn from a teacher whose stages stand at 1/2, 1/4, 1/8 and 1/16 like its
# own. A config names its teacher and picks by `model.active`; the losses adapt the student's widths
# to `teacher_channels`, those of the small IRSTFormer here.
student_channels = (32, 64, 96, 128)
teacher_channels = (16, 32, 64, 128)
_widths_8 = dict(student_channels=student_channels[2], teacher_channels=teacher_channels[2])
_widths_16 = dict(student_channels=student_channels[3], teacher_channels=teacher_channels[3])
distillers = dict(
    # The method: relations and semantics of the two deepest stages, through self-attention.
    semantic_8=dict(
        student=2, teacher=2, loss=dict(type='SemanticDistillationLoss', **_widths_8)
    ),
    semantic_16=dict(
        student=3, teacher=3, loss=dict(type='SemanticDistillationLoss', **_widths_16)
    ),
    # The controls.
    soft_logits=dict(student='logits', teacher='logits', loss=dict(type='SoftLogitsLoss')),
    feature_mse=dict(student=3, teacher=3, loss=dict(type='FeatureMSELoss', **_widths_16)),
    attention_transfer=dict(student=3, teacher=3, loss=dict(type='AttentionTransferLoss')),
    cwd=dict(student=3, teacher=3, loss=dict(type='ChannelWiseDistillationLoss', **_widths_16)),
)
