"""Synthetic infrared scenes with small targets; NumPy and SciPy only."""

from .dataset_writer import DatasetWriter
from .scene_generator import Scene, SceneGenerator, Target
from .scene_settings import DistractorSettings, SceneSettings, SensorSettings, TargetSettings
from .signal_to_clutter import signal_to_clutter

__all__ = [
    'DatasetWriter',
    'DistractorSettings',
    'Scene',
    'SceneGenerator',
    'SceneSettings',
    'SensorSettings',
    'Target',
    'TargetSettings',
    'signal_to_clutter',
]
