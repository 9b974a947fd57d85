# What MDPNet can learn from the small IRSTFormer, whose stages at 1/8 and 1/16
# are 2 and 3. A config names the teacher's weights and picks lessons by `model.active`.
_semantic = dict(type='SemanticDistillationLoss', relation_weight=0.1, semantic_weight=0.1)
# The weights let each lesson begin below the student's own loss. In the second half it fades,
# and the student ends with what it is measured by.
_schedule = dict(decay_start=0.5)
distillers = dict(
    # The method: relations and semantics of the two deepest stages, through self-attention.
    semantic_8=dict(student=-2, teacher=2, loss=_semantic, schedule=_schedule),
    semantic_16=dict(student=-1, teacher=3, loss=_semantic, schedule=_schedule),
    # The controls.
    soft_logits=dict(
        student='logits',
        teacher='logits',
        loss=dict(type='SoftLogitsLoss', loss_weight=10.0),
        schedule=_schedule,
    ),
    feature_mse=dict(
        student=-2,
        teacher=2,
        loss=dict(type='FeatureMSELoss', loss_weight=0.1),
        schedule=_schedule,
    ),
    attention_transfer=dict(
        student=-2,
        teacher=2,
        loss=dict(type='AttentionTransferLoss', loss_weight=0.5),
        schedule=_schedule,
    ),
    cwd=dict(
        student=-2,
        teacher=2,
        loss=dict(type='ChannelWiseDistillationLoss', loss_weight=0.1),
        schedule=_schedule,
    ),
)
