"""Synthetic infrared scenes with small targets; NumPy and SciPy only."""

from .dataset_writer import DatasetWriter
from .scene_generator import Scene, SceneGenerator, Target
from .scene_settings import DistractorSettings, SceneSettings, SensorSettings, TargetSettings

__all__ = [
    'DatasetWriter',
    'DistractorSettings',
    'Scene',
    'SceneGenerator',
    'SceneSettings',
    'SensorSettings',
    'Target',
    'TargetSettings',
]
