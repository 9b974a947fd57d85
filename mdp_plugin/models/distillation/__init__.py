"""What a student learns from a teacher: each loss compares one of its maps with the teacher's."""

from .attention_transfer_loss import AttentionTransferLoss, attention_transfer_loss
from .channel_wise_distillation_loss import (
    ChannelWiseDistillationLoss,
    channel_wise_distillation_loss,
)
from .distiller import Distiller
from .feature_mse_loss import FeatureMSELoss
from .frozen_teacher import FrozenTeacher
from .hard_background_loss import HardBackgroundLoss, hard_background_loss
from .region_affinity_loss import RegionAffinityLoss, region_affinity_loss
from .regions import label_regions
from .semantic_distillation_loss import SemanticDistillationLoss, semantic_distillation_loss
from .soft_logits_loss import SoftLogitsLoss, soft_logits_loss
from .standardised_logits_loss import StandardisedLogitsLoss, standardised_logits_loss
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
    'HardBackgroundLoss',
    'RegionAffinityLoss',
    'SemanticDistillationLoss',
    'SoftLogitsLoss',
    'StandardisedLogitsLoss',
    'TokenEncoder',
    'TokenReduction',
    'WeightSchedule',
    'attention_transfer_loss',
    'channel_wise_distillation_loss',
    'hard_background_loss',
    'label_regions',
    'region_affinity_loss',
    'semantic_distillation_loss',
    'soft_logits_loss',
    'standardised_logits_loss',
    'target_log_odds',
    'weights_digest',
]
