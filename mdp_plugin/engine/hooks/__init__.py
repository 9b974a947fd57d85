"""Hooks of the runner; importing this package registers them in mmseg."""

from .channels_last_hook import ChannelsLastHook
from .distillation_hook import DistillationHook
from .epoch_seed_hook import EpochSeedHook
from .progress_hook import ProgressHook
from .publish_hook import PublishHook
from .rank_zero_logger_hook import RankZeroLoggerHook
from .resume_fallback_hook import ResumeFallbackHook
from .run_check_hook import RunCheckHook
from .weight_space_ensemble_hook import WeightSpaceEnsembleHook
from .whole_checkpoint_hook import WholeCheckpointHook
from .work_dir_lock_hook import WorkDirLockHook

__all__ = [
    'ChannelsLastHook',
    'DistillationHook',
    'EpochSeedHook',
    'ProgressHook',
    'PublishHook',
    'RankZeroLoggerHook',
    'ResumeFallbackHook',
    'RunCheckHook',
    'WeightSpaceEnsembleHook',
    'WholeCheckpointHook',
    'WorkDirLockHook',
]
