"""Segmentors of the plugin; importing this package registers them in mmseg."""

from .distill_cascade_encoder_decoder import DistillCascadeEncoderDecoder
from .distill_encoder_decoder import DistillEncoderDecoder
from .irstd_tta import IRSTDTTAModel
from .token_guided_encoder_decoder import TokenGuidedEncoderDecoder

__all__ = [
    'DistillCascadeEncoderDecoder',
    'DistillEncoderDecoder',
    'IRSTDTTAModel',
    'TokenGuidedEncoderDecoder',
]
