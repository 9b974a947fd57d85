"""Synthetic infrared scenes with small targets; NumPy and SciPy only."""

from .dataset_writer import DatasetWriter
from .distractor_settings import DistractorSettings
from .presets import PRESETS
from .scene_generator import Scene, SceneGenerator, Target
from .scene_settings import SceneSettings, SensorSettings, TargetSettings

__all__ = [
    'PRESETS',
    'DatasetWriter',
    'DistractorSettings',
    'Scene',
    'SceneGenerator',
    'SceneSettings',
    'SensorSettings',
    'Target',
    'TargetSettings',
]
