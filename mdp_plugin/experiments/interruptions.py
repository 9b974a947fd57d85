"""Interrupt a training many times, and compare what comes out with an undisturbed one."""

import json
import multiprocessing
import os
import re
import resource
import runpy
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ..engine.checkpoint_files import NUMBERED, is_whole, read_checkpoint
from ..project_files import PROJECT_ROOT
from ..whole_files import PART

# Importing the host takes many seconds; a forked process has it already.
_processes = multiprocessing.get_context('fork')

#: What may happen to a training: SIGKILL at any moment, SIGKILL while a checkpoint is being
#: written, and a write that fails since there is no room for the whole file.
KINDS = ('killed', 'killed while writing', 'no room')
#: What must be equal in the checkpoints of both trainings.
_STATE = ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers')
# Data are loaded by the process itself: in a process that has little room for a file, workers have
# as little for the memory that they share.
_LOADING = [
    f'{part}_dataloader.{option}'
    for part in ('train', 'val')
    for option in ('num_workers=0', 'persistent_workers=False')
]


class Interruption(NamedTuple):
    """One interruption.

    Attributes:
        kind (str): One of :data:`KINDS`.
        reached (str): Last line of the log about an epoch.
        newest (str): The newest whole checkpoint that was left, empty without one.
        damaged (int): Number of files that were left unfinished or damaged.
    """

    kind: str
    reached: str
    newest: str
    damaged: int

    @property
    def in_epoch(self) -> bool:
        """Whether it happened between the first and the last step of an epoch.

        Otherwise it was where a checkpoint is saved and validated, or where the next epoch begins.
        The log must hold every step (``default_hooks.logger.interval=1``).
        """
        steps = re.match(r'Epoch\(train\).*\[ *(\d+)/(\d+)\]', self.reached)
        return steps is not None and steps[1] != steps[2]


def summary(interruptions: Sequence[Interruption]) -> str:
    """Count interruptions.

    Args:
        interruptions (Sequence[Interruption]): All of them.

    Returns:
        str: A table in Markdown, a line for each kind that happened.
    """
    lines = [
        '| what happened | times | within an epoch | between epochs | unfinished files left |',
        '| --- | --- | --- | --- | --- |',
    ]
    for kind in KINDS:
        of_kind = [item for item in interruptions if item.kind == kind]
        within = sum(item.in_epoch for item in of_kind)
        damaged = sum(item.damaged for item in of_kind)
        if of_kind:
            counts = len(of_kind), within, len(of_kind) - within, damaged
            lines.append(f'| {kind} | {" | ".join(map(str, counts))} |')
    return '\n'.join(lines)


def _run_in_child(argv: Sequence[str], log: str) -> None:
    """Body of a forked process: train as the command line would."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.argv = ['train.py', *argv]
    runpy.run_path(str(PROJECT_ROOT / 'tools/train.py'), run_name='__main__')


class Training:
    """A training in a process of its own.

    Args:
        argv (Sequence[str]): Arguments of `tools/train.py`, less the work dir; the last ones are
            options of the config.
        work_dir (Path): Its work dir.
        log (Path): File of its output.
    """

    def __init__(self, argv: Sequence[str], work_dir: Path, log: Path) -> None:
        self.work_dir, self.log = work_dir, log
        arguments = [*argv, *_LOADING, '--work-dir', str(work_dir), '--resume']
        self.process = _processes.Process(target=_run_in_child, args=(arguments, str(log)))
        self.process.start()
        self.pid = int(self.process.pid or 0)

    def output(self) -> str:
        """What was printed so far."""
        return self.log.read_text(errors='replace') if self.log.exists() else ''

    def wait(self, happened: Callable[[], object], pause: float = 0.002) -> bool:
        """Wait until something happens; False if the training ended before."""
        while self.process.is_alive():
            if happened():
                return True
            time.sleep(pause)
        return False

    def writes(self) -> bool:
        """Whether a checkpoint is being written."""
        try:
            return any(name.endswith(PART) for name in os.listdir(self.work_dir))
        except FileNotFoundError:
            return False

    def interrupt(
        self, kind: str, rng: np.random.Generator, epoch_seconds: float, checkpoint_size: int
    ) -> None:
        """Let something happen, at a random moment after the first step.

        Args:
            kind (str): One of :data:`KINDS`.
            rng (np.random.Generator): Draws the moment.
            epoch_seconds (float): About the time of an epoch.
            checkpoint_size (int): About the bytes of a checkpoint.
        """
        if not self.wait(lambda: 'Checkpoints will be saved' in self.output(), 0.01):
            return
        if kind != 'killed while writing':
            self.process.join(rng.uniform(0, 1.5 * epoch_seconds))
        if kind == 'no room' and self.process.is_alive():
            # The limit holds for each file; a checkpoint is to meet it, not a log.
            logs = [self.log, *self.work_dir.rglob('*.log'), *self.work_dir.rglob('*.json')]
            longest = max(path.stat().st_size for path in logs)
            limit = int(rng.uniform(longest + 16384, checkpoint_size))
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (limit, limit))
            self.process.join(600)
            return
        if kind == 'killed while writing':
            for _ in range(rng.integers(1, 4)):
                self.wait(lambda: not self.writes(), 0)
                self.wait(self.writes, 0)
        if self.process.is_alive():
            os.kill(self.pid, signal.SIGKILL)
        self.process.join()


def interrupt_training(
    argv: Sequence[str], out: Path, times: int, seed: int = 0
) -> Iterator[Interruption]:
    """Train once undisturbed, and once with interruptions, each followed by resuming.

    Args:
        argv (Sequence[str]): Arguments of `tools/train.py`, less the work dir; the last ones are
            options of the config.
        out (Path): Folder of both work dirs, ``undisturbed`` and ``interrupted``.
        times (int): Number of interruptions.
        seed (int): Seed of kinds and moments. Defaults to 0.

    Yields:
        Interruption: One after the other; the last run, which goes to the end, follows the last.

    Raises:
        RuntimeError: If a run fails for another reason, or if the training is at its end before
            all interruptions happened.
    """
    rng = np.random.default_rng(seed)
    out.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    _finish(Training(argv, out / 'undisturbed', out / 'undisturbed.log'))
    epochs = max(number for number, _ in whole_checkpoints(out / 'undisturbed'))
    epoch_seconds = (time.monotonic() - start) / epochs
    size = min(path.stat().st_size for path in (out / 'undisturbed').glob('*.pth'))
    kinds = [KINDS[i % len(KINDS)] for i in range(times)]
    for number, index in enumerate(rng.permutation(times)):
        run = Training(argv, out / 'interrupted', out / f'interrupted_{number}.log')
        run.interrupt(kinds[index], rng, epoch_seconds, size)
        code, output = run.process.exitcode, run.output()
        expected = 1 if kinds[index] == 'no room' else -signal.SIGKILL
        if code != expected or (code == 1 and 'make room' not in output):
            raise RuntimeError(
                f'{run.log}: ended with status {code} where "{kinds[index]}" was to happen; a '
                f'training that is too short ends too early\n{output[-2000:]}'
            )
        if 'Traceback' in output:
            raise RuntimeError(f'{run.log}: a stack trace\n{output[-2000:]}')
        reached = re.findall(r'Epoch\(\w+\) +(?:\[\d+\])?\[ *\d+/\d+\]', output) or ['']
        whole = sorted(whole_checkpoints(run.work_dir))
        names = [path for path in run.work_dir.iterdir() if path.suffix in ('.pth', PART)]
        yield Interruption(
            kinds[index],
            ' '.join(reached[-1].split()),
            whole[-1][1].name if whole else '',
            sum(not is_whole(path) for path in names),
        )
    _finish(Training(argv, out / 'interrupted', out / 'interrupted_last.log'))


def _finish(run: Training) -> None:
    """Wait for the end, which must be a good one."""
    run.process.join()
    if run.process.exitcode:
        raise RuntimeError(f'{run.log}: training failed\n{run.output()[-2000:]}')


def whole_checkpoints(work_dir: Path) -> list[tuple[int, Path]]:
    """Number and path of the checkpoints that can be resumed."""
    return [
        (int(match[1]), path)
        for path in work_dir.glob('*.pth')
        if (match := NUMBERED.match(path.name)) and is_whole(path)
    ]


def figures_of(work_dir: Path) -> dict[int, dict[str, float]]:
    """Figures of each validation in the logs of a work dir, by epoch; the last one counts."""
    figures = {}
    for file in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in file.read_text().splitlines():
            try:
                record = json.loads(line)
            except ValueError:  # the line at which the process was killed
                continue
            values = {key: value for key, value in record.items() if key.startswith('irstd/')}
            if values:
                figures[record['step']] = values
    return figures


def _equal(one: Any, other: Any) -> bool:
    """Equality of nested containers with tensors, bit for bit."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    return one == other


def differences(one: Path, other: Path) -> list[str]:
    """What differs between the work dirs of two trainings that ought to be the same.

    Compared bit for bit are the weights, their averages, the optimizer and the schedule in each
    checkpoint, the names of the files, which one is the best and its score; and the figures of
    each validation, as they were logged.

    Args:
        one (Path): A work dir.
        other (Path): Another one.

    Returns:
        list[str]: A line for each difference.
    """
    names, others = ({path.name for path in folder.glob('*.pth')} for folder in (one, other))
    found = [f'{name}: in one folder only' for name in sorted(names ^ others)]
    for name in sorted(names & others):
        first, second = read_checkpoint(one / name), read_checkpoint(other / name)
        found += [f'{name}: {key}' for key in _STATE if not _equal(first.get(key), second.get(key))]
        # Published weights carry nothing else.
        infos = [c.get('message_hub', {}).get('runtime_info', {}) for c in (first, second)]
        if infos[0].get('best_score') != infos[1].get('best_score'):
            found.append(f'{name}: best score')
        if len({Path(info.get('best_ckpt', '')).name for info in infos}) > 1:
            found.append(f'{name}: name of the best file')
    figures = figures_of(one), figures_of(other)
    for epoch in sorted(figures[0].keys() | figures[1].keys()):
        if figures[0].get(epoch) != figures[1].get(epoch):
            found.append(f'epoch {epoch}: figures of the validation')
    return found
