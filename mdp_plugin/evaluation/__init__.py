"""Evaluation of infrared small target detection; importing it registers the metric in mmseg."""

from .metrics import IRSTDMetric

__all__ = ['IRSTDMetric']
