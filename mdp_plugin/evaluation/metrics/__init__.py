"""Metrics of the plugin; importing this package registers them in mmseg."""

from .irstd_metric import IRSTDMetric

__all__ = ['IRSTDMetric']
