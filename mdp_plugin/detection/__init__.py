"""From images to targets: the detector, where images come from and where results go."""

from .detector import Detection, TargetDetector
from .targets import Target, find_targets

__all__ = ['Detection', 'Target', 'TargetDetector', 'find_targets']
