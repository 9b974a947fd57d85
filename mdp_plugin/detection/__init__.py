"""From images to targets: the detector, where images come from and where results go."""

from .detector import Detection, TargetDetector
from .detector_name import DetectorName, parse_detector_name
from .targets import Target, find_targets
from .tracking import Tracker, Tracking

__all__ = [
    'Detection',
    'DetectorName',
    'Target',
    'TargetDetector',
    'Tracker',
    'Tracking',
    'find_targets',
    'parse_detector_name',
]
