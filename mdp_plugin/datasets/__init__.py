"""Data sets of infrared small targets and their pipeline steps."""

from .. import host  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
from .irstd import IRSTDDataset
from .transforms import *  # noqa: F403
from .transforms import __all__ as _transforms

__all__ = ['IRSTDDataset', *_transforms]
