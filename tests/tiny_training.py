"""A data set and a training of seconds, run by the project's tools in processes of their own."""

import contextlib
import multiprocessing
import os
import re
import runpy
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from mdp_plugin.project_files import PROJECT_ROOT

SIZE = 64

# Importing the host takes many seconds; a server does it once and forks a process for each run.
_processes = multiprocessing.get_context('forkserver')
_processes.set_forkserver_preload(['mdp_plugin.registration', 'mmengine.runner', 'tiny_training'])


def write_dataset(root: Path, num_images: int = 8, seed: int = 0) -> Path:
    """Write images with one bright spot each, and their masks.

    Args:
        root (Path): Folder of the data set.
        num_images (int): Number of images. Defaults to 8.
        seed (int): Seed. Defaults to 0.

    Returns:
        Path: The folder.
    """
    rng = np.random.default_rng(seed)
    for folder in ('images', 'masks'):
        (root / folder).mkdir(parents=True)
    for index in range(num_images):
        image = rng.normal(80, 6, (SIZE, SIZE))
        mask = np.zeros((SIZE, SIZE), np.uint8)
        row, column = rng.integers(6, SIZE - 6, 2)
        mask[row - 2 : row + 3, column - 2 : column + 3] = 255
        image[mask > 0] += 120
        cv2.imwrite(str(root / 'images' / f'spot_{index}.png'), image.clip(0, 255).astype('uint8'))
        cv2.imwrite(str(root / 'masks' / f'spot_{index}.png'), mask)
    return root


def write_config(folder: Path, data_root: Path, extra: str = '') -> Path:
    """Write a config that trains a small MDPNet on the spots.

    Args:
        folder (Path): Where to write `tiny.py`.
        data_root (Path): See :func:`write_dataset`.
        extra (str): Source to append; it overrides what stands before. Defaults to ''.

    Returns:
        Path: The config.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / 'tiny.py'
    path.write_text(f"""
_base_ = {str(PROJECT_ROOT / 'configs/_base_/default_runtime.py')!r}
data_preprocessor = dict(
    type='SegDataPreProcessor', mean=[80.0], std=[20.0], pad_val=0, seg_pad_val=255,
    size=({SIZE}, {SIZE}))
norm_cfg = dict(type='BN', momentum=0.5)  # few steps, so the statistics must follow quickly
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='MDPNet', norm_cfg=norm_cfg, in_channels=1, stem_channels=8,
        embed_dims=(8, 16), depths=(1, 1), strides=(1, 2),
        dilations=((1, 2), (1, 2)), out_indices=(0, 1)),
    decode_head=dict(
        type='MDPHead', in_channels=(8, 16), channels=8, num_classes=2, threshold=0.5,
        norm_cfg=norm_cfg, align_corners=False,
        loss_decode=[
            dict(type='SoftIoULoss'),
            dict(type='CrossEntropyLoss', use_sigmoid=True, avg_non_ignore=True,
                 loss_name='loss_bce')]),
    train_cfg=dict(), test_cfg=dict(mode='whole'))
load = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='BinarizeMask')]
test_pipeline = [*load, dict(type='PackSegInputs')]
dataset = dict(
    type='IRSTDDataset', data_root={str(data_root)!r},
    data_prefix=dict(img_path='images', seg_map_path='masks'))
train_dataloader = dict(
    batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        pipeline=[*load, dict(type='RandomFlip', prob=0.5), dict(type='PackSegInputs')],
        **dataset))
val_dataloader = dict(
    batch_size=1, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=test_pipeline, **dataset))
test_dataloader = val_dataloader
tta_pipeline = [
    *load[:2],
    dict(type='TestTimeAug', transforms=[
        [dict(type='RandomFlip', prob=0.0), dict(type='RandomFlip', prob=1.0)],
        load[2:3], load[3:4], [dict(type='PackSegInputs')]])]
val_evaluator = dict(type='IRSTDMetric')
test_evaluator = val_evaluator
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=0.03))
train_cfg = dict(by_epoch=True, max_epochs=2, val_interval=1)
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(logger=dict(interval=1, ignore_last=False))
{extra}
""")
    return path


def _run_in_child(
    script: str,
    argv: list[str],
    cwd: str,
    log: str,
    environment: dict[str, str],
    python: str | None,
) -> None:
    """Body of a forked process: run a script as the command line would."""
    sys.executable = python or sys.executable
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = [script, *argv]
    runpy.run_path(script, run_name='__main__')


class ToolRun:
    """A tool of the project running in its own process.

    Args:
        tool (str): Path of the script, relative to the project.
        argv (Sequence[str | Path]): Its arguments.
        cwd (Path): Its working directory; the output goes to a file there.
        environment (dict[str, str], optional): Additional variables. Defaults to None.
        python (str | Path, optional): What the tool starts its own processes with, such as the
            `python` of :func:`command_server.command_server`. Defaults to None: this interpreter.
    """

    def __init__(
        self,
        tool: str,
        argv: Sequence[str | Path],
        cwd: Path,
        environment: dict[str, str] | None = None,
        python: str | Path | None = None,
    ) -> None:
        cwd.mkdir(parents=True, exist_ok=True)
        self.log = cwd / f'output-{time.monotonic_ns()}.txt'
        self.process = _processes.Process(
            target=_run_in_child,
            args=(
                str(PROJECT_ROOT / tool),
                [str(argument) for argument in argv],
                str(cwd),
                str(self.log),
                {'OMP_NUM_THREADS': '1', **(environment or {})},
                python and str(python),
            ),
        )
        self.process.start()

    def output(self) -> str:
        """What the tool has printed so far."""
        return self.log.read_text(errors='replace') if self.log.exists() else ''

    def finish(self, timeout: float = 600) -> str:
        """Wait for the end of the tool, which must succeed.

        Returns:
            str: All that it printed.
        """
        self.process.join(timeout)
        code = self.process.exitcode
        if code is None:
            self.process.kill()
        assert code == 0, f'exit code {code}\n{self.output()[-4000:]}'
        return self.output()

    def wait_for(self, pattern: str, timeout: float = 600) -> re.Match:
        """Wait until the tool has printed something.

        Args:
            pattern (str): Regular expression.
            timeout (float): Seconds. Defaults to 600.

        Returns:
            re.Match: The first match.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            match = re.search(pattern, self.output())
            if match:
                return match
            assert self.process.is_alive(), f'ended early\n{self.output()[-4000:]}'
            time.sleep(0.005)
        raise AssertionError(f'no "{pattern}" in {timeout} s\n{self.output()[-4000:]}')


@contextlib.contextmanager
def running(*args: object, **kwargs: object) -> Iterator[ToolRun]:
    """Start a tool and make sure that it does not outlive the test."""
    run = ToolRun(*args, **kwargs)
    try:
        yield run
    finally:
        if run.process.is_alive():
            run.process.kill()
            run.process.join()


def run_tool(
    tool: str,
    *argv: str | Path,
    cwd: Path,
    environment: dict[str, str] | None = None,
    python: str | Path | None = None,
) -> str:
    """Run a tool to its end, which must be success; see :class:`ToolRun`.

    Returns:
        str: What it printed.
    """
    with running(tool, argv, cwd, environment, python) as run:
        return run.finish()
