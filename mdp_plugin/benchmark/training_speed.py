"""Speed of training: one epoch of a config, by its own runner."""

import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..datasets.dataset_config import parts_of
from ..engine.training import run_training


class StepTimes(Hook):
    """Record when batches arrive and when their steps end.

    Attributes:
        loading (list[float]): Seconds of waiting for each batch.
        steps (list[float]): Seconds of each iteration, waiting included.
        started (float): Time of the epoch's beginning.
        seconds (float): Length of the epoch.
        images (int): Images of the epoch.
    """

    # Behind every other hook of an iteration, so that their time belongs to it.
    priority = 'LOWEST'

    def __init__(self) -> None:
        self.loading: list[float] = []
        self.steps: list[float] = []
        self.images = 0

    def before_train_epoch(self, runner: Runner) -> None:
        """Start the clock; the workers start right after."""
        self.started = self.last = time.perf_counter()

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict) -> None:
        """A batch has arrived."""
        self.loading.append(time.perf_counter() - self.last)
        self.images += len(data_batch['inputs'])

    def after_train_iter(self, runner: Runner, *args: object, **kwargs: object) -> None:
        """A step has ended."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.steps.append(now - self.last)
        self.last = now

    def after_train_epoch(self, runner: Runner) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self.started


def time_training(cfg: Config, steps: int | None = None) -> dict[str, float]:
    """Time one epoch of training: loading, steps, averaging of weights; no validation.

    Args:
        cfg (Config): The config; not changed.
        steps (int, optional): Number of batches; None is the whole data set. Defaults to None.

    Returns:
        dict[str, float]: Length of the epoch in seconds, images a second, share of the time spent
        waiting for data (the start of the workers included), median of a step in milliseconds.
    """
    cfg = cfg.copy()
    for key in ('val', 'test'):
        cfg.update({f'{key}_dataloader': None, f'{key}_evaluator': None, f'{key}_cfg': None})
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
    if steps is not None:
        images = steps * cfg.train_dataloader.batch_size
        parts = parts_of(cfg.train_dataloader.dataset)
        for i, part in enumerate(parts):
            part.indices = images * (i + 1) // len(parts) - images * i // len(parts)
    # None switches a hook of the host's off; others are left out.
    cfg.default_hooks.checkpoint = None
    for name in ('visualization', 'resume_fallback', 'publish'):
        cfg.default_hooks.pop(name, None)
    cfg.visualizer = None
    cfg.load_from, cfg.resume, cfg.log_level = None, False, 'WARNING'
    times = StepTimes()
    with tempfile.TemporaryDirectory() as work_dir:
        cfg.work_dir = work_dir
        cfg.experiment_name = f'benchmark_{Path(work_dir).name}'
        runner = Runner.from_cfg(cfg)
        runner.register_hook(times, priority='LOWEST')
        run_training(runner)
    return {
        'epoch_s': times.seconds,
        'images': times.images,
        'images_per_s': times.images / times.seconds,
        'data_loading_share': sum(times.loading) / times.seconds,
        'step_median_ms': 1e3 * float(np.median(times.steps)),
    }
