"""Courses of the learning rate; importing this package registers them in mmseg."""

from .run_one_cycle_lr import RunOneCycleLR

__all__ = ['RunOneCycleLR']
