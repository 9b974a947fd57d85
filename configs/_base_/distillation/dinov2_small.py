# What MDPNet-fine can learn from itself with DINOv2's tokens, whose stages are its own: 3 and 4 are
# at 1/8 and 1/16. A config names the teacher's weights and picks lessons by `model.active`.
_semantic = dict(type='SemanticDistillationLoss', relation_weight=0.1, semantic_weight=0.1)
# In the second half each lesson fades, and the student ends with what it is measured by.
_schedule = dict(decay_start=0.5)
distillers = dict(
    # The method: relations and semantics of the two deepest stages, through self-attention.
    semantic_8=dict(student=-2, teacher=-2, loss=_semantic, schedule=_schedule),
    semantic_16=dict(student=-1, teacher=-1, loss=_semantic, schedule=_schedule),
    # What needs no equal widths, where the teacher is right, and where it calls the student wrong.
    region_affinity=dict(
        student=-2, teacher=-2, loss=dict(type='RegionAffinityLoss'), schedule=_schedule
    ),
    standardised_logits=dict(
        student='logits',
        teacher='logits',
        loss=dict(type='StandardisedLogitsLoss'),
        schedule=_schedule,
    ),
    hard_background=dict(
        student='logits',
        teacher='logits',
        loss=dict(type='HardBackgroundLoss', loss_weight=0.1),
        schedule=_schedule,
    ),
    # The controls.
    soft_logits=dict(
        student='logits',
        teacher='logits',
        loss=dict(type='SoftLogitsLoss', loss_weight=10.0),
        schedule=_schedule,
    ),
    feature_mse=dict(
        student=-2,
        teacher=-2,
        loss=dict(type='FeatureMSELoss', loss_weight=0.1),
        schedule=_schedule,
    ),
    attention_transfer=dict(
        student=-2,
        teacher=-2,
        loss=dict(type='AttentionTransferLoss', loss_weight=0.5),
        schedule=_schedule,
    ),
    cwd=dict(
        student=-2,
        teacher=-2,
        loss=dict(type='ChannelWiseDistillationLoss', loss_weight=0.1),
        schedule=_schedule,
    ),
)
