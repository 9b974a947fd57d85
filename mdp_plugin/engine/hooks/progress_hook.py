"""A training in a few lines: a bar, and the figures of each validation."""

import sys
import time

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from tqdm import tqdm


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show a bar with the time that is left, and after each validation a line.

    Both go to standard error; where that is no terminal there are the lines alone.
    """

    priority = 'LOWEST'

    def __init__(self) -> None:
        self._bar: tqdm | None = None

    def before_train(self, runner: Runner) -> None:
        """Begin, or go on, with the bar."""
        self._start, self._first = time.perf_counter(), runner.iter
        self._bar = tqdm(
            total=runner.max_iters, initial=runner.iter, unit='step', desc='training',
            file=sys.stderr, disable=None, dynamic_ncols=True,
        )  # fmt: skip

    def after_train_iter(self, runner: Runner, *args: object, **kwargs: object) -> None:
        """Count a step."""
        if self._bar is not None:
            self._bar.update()

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Say what validation gave, and how long it will go on.

        Args:
            runner (Runner): The runner.
            metrics (dict[str, float], optional): The figures. Defaults to None.
        """
        found = {key.rpartition('/')[2]: value for key, value in (metrics or {}).items()}
        figures = ', '.join(
            f'{name} {found[key]:.{digits}f}{unit}'
            for key, name, digits, unit in (
                ('nIoU', 'nIoU', 2, ''), ('Pd', 'Pd', 2, ' %'), ('Fa', 'Fa', 1, 'e-6'),
            )
            if key in found
        )  # fmt: skip
        left = ''
        # Where a training goes on, an epoch may be validated before the first step.
        if self._bar is not None and self._first < runner.iter < runner.max_iters:
            a_step = (time.perf_counter() - self._start) / (runner.iter - self._first)
            left = f'; {in_words(a_step * (runner.max_iters - runner.iter))} left'
        tqdm.write(
            f'epoch {runner.epoch} of {runner.max_epochs}: val {figures}{left}', file=sys.stderr
        )

    def after_train(self, runner: Runner) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()


def in_words(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f'{seconds:.0f} s'
    return f'{seconds / 60:.0f} min' if seconds < 5400 else f'{seconds / 3600:.1f} h'
