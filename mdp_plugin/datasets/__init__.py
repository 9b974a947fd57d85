"""Data sets of infrared small targets and their pipeline steps."""

from .irstd import IRSTDDataset
from .transforms import *  # noqa: F403
from .transforms import __all__ as _transforms

__all__ = ['IRSTDDataset', *_transforms]
