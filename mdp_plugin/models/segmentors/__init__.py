"""Segmentors of the plugin; importing this package registers them in mmseg."""

from .distill_encoder_decoder import DistillEncoderDecoder
from .irstd_tta import IRSTDTTAModel

__all__ = ['DistillEncoderDecoder', 'IRSTDTTAModel']
