"""What training and testing need from the plugin besides data, models and metrics."""

from .. import compat  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
from . import safe_loading  # noqa: F401  (registers the checkpoint loaders)
from .bf16_optim_wrapper import Bf16OptimWrapper
from .channels_last_hook import ChannelsLastHook
from .cpu_distributed import DeviceAwareDDP
from .distillation_hook import DistillationHook
from .epoch_seed_hook import EpochSeedHook
from .irstd_visualizer import IRSTDVisualizer
from .publish import PublishHook
from .rank_zero_logger_hook import RankZeroLoggerHook
from .resume_fallback_hook import ResumeFallbackHook
from .weight_space_ensemble_hook import WeightSpaceEnsembleHook

__all__ = [
    'Bf16OptimWrapper',
    'ChannelsLastHook',
    'DeviceAwareDDP',
    'DistillationHook',
    'EpochSeedHook',
    'IRSTDVisualizer',
    'PublishHook',
    'RankZeroLoggerHook',
    'ResumeFallbackHook',
    'WeightSpaceEnsembleHook',
]
