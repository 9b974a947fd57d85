"""Synthetic infrared scenes with small targets; NumPy and SciPy only."""

from .dataset_writer import DatasetWriter
from .distractor_settings import DistractorSettings
from .presets import PRESETS
from .scene_generator import Scene, SceneGenerator, Target
from .scene_settings import SceneSettings, SensorSettings, TargetSettings
from .sequence_generator import (
    SequenceFrame,
    SequenceGenerator,
    SequenceSettings,
    SequenceTarget,
)
from .sequence_writer import SequenceWriter

__all__ = [
    'PRESETS',
    'DatasetWriter',
    'DistractorSettings',
    'Scene',
    'SceneGenerator',
    'SceneSettings',
    'SensorSettings',
    'SequenceFrame',
    'SequenceGenerator',
    'SequenceSettings',
    'SequenceTarget',
    'SequenceWriter',
    'Target',
    'TargetSettings',
]
