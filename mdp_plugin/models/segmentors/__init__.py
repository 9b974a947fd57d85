"""Segmentors of the plugin; importing this package registers them in mmseg."""

from .irstd_tta import IRSTDTTAModel

__all__ = ['IRSTDTTAModel']
