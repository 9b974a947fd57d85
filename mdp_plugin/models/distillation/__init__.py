"""What a student learns from a teacher: each loss compares one of its maps with the teacher's."""

from .attention_transfer_loss import AttentionTransferLoss, attention_transfer_loss
from .channel_wise_distillation_loss import (
    ChannelWiseDistillationLoss,
    channel_wise_distillation_loss,
)
from .distiller import Distiller
from .feature_mse_loss import FeatureMSELoss
from .frozen_teacher import FrozenTeacher
from .semantic_distillation_loss import SemanticDistillationLoss, semantic_distillation_loss
from .soft_logits_loss import SoftLogitsLoss, soft_logits_loss
from .target_log_odds import target_log_odds
from .token_encoder import TokenEncoder, weights_digest
from .token_reduction import TokenReduction
from .weight_schedule import WeightSchedule

__all__ = [
    'AttentionTransferLoss',
    'ChannelWiseDistillationLoss',
    'Distiller',
    'FeatureMSELoss',
    'FrozenTeacher',
    'SemanticDistillationLoss',
    'SoftLogitsLoss',
    'TokenEncoder',
    'TokenReduction',
    'WeightSchedule',
    'attention_transfer_loss',
    'channel_wise_distillation_loss',
    'semantic_distillation_loss',
    'soft_logits_loss',
    'target_log_odds',
    'weights_digest',
]
