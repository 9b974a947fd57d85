# What MDPNet-base can learn from the U-Net with five stages, whose stages at 1/8 and 1/16
# are 1 and 0. A config names the teacher's weights and picks lessons by `model.active`.
# (Its backbone returns the decoder, coarsest first.)
_widths_8 = dict(student_channels=96, teacher_channels=128)
_widths_16 = dict(student_channels=128, teacher_channels=256)
distillers = dict(
    # The method: relations and semantics of the two deepest stages, through self-attention.
    semantic_8=dict(student=2, teacher=1, loss=dict(type='SemanticDistillationLoss', **_widths_8)),
    semantic_16=dict(
        student=3, teacher=0, loss=dict(type='SemanticDistillationLoss', **_widths_16)
    ),
    # The controls.
    soft_logits=dict(student='logits', teacher='logits', loss=dict(type='SoftLogitsLoss')),
    feature_mse=dict(student=2, teacher=1, loss=dict(type='FeatureMSELoss', **_widths_8)),
    attention_transfer=dict(student=2, teacher=1, loss=dict(type='AttentionTransferLoss')),
    cwd=dict(student=2, teacher=1, loss=dict(type='ChannelWiseDistillationLoss', **_widths_8)),
)
