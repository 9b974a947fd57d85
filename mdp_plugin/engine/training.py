"""A training from a ready config: what `tools/train.py` and `mdpnet train` share."""

import logging
import re

import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from .checkpoint_files import FULL

#: What gloo and NCCL say when another process is gone, or does not answer in time.
_LOST = re.compile(
    r'gloo/|NCCL|[Cc]onnection (was )?(closed|reset|refused)|[Tt]imed out|[Tt]imeout'
)


def enable_amp(cfg: Config) -> None:
    """Switch the optimizer wrapper of a config to mixed precision.

    Args:
        cfg (Config): The config; changed in place.

    Raises:
        ValueError: If the optimizer wrapper is not the plain ``OptimWrapper``.
    """
    wrapper = cfg.optim_wrapper
    kind = wrapper.get('type', 'OptimWrapper')
    if kind in ('AmpOptimWrapper', 'Bf16OptimWrapper'):
        print_log(f'--amp: the config already trains with {kind}', logger='current')
        return
    if kind != 'OptimWrapper':
        raise ValueError(f'--amp needs optim_wrapper.type "OptimWrapper", but it is "{kind}"')
    if torch.cuda.is_available():
        wrapper.update(type='AmpOptimWrapper', loss_scale='dynamic')
    else:
        wrapper.type = 'Bf16OptimWrapper'


def build_runner(cfg: Config) -> Runner:
    """Build the host's runner of a config, or the one that the config names."""
    return RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)


def run_training(runner: Runner, how_to_go_on: str = 'continue with --resume') -> None:
    """Train, and close the log: what this process does later is not of the training.

    Args:
        runner (Runner): The runner.
        how_to_go_on (str): What to do after a disk was full. Defaults to the flag of
            ``tools/train.py``.

    Raises:
        SystemExit: If the disk is full, or another process of the training is gone; says that
            nothing is lost.
    """
    try:
        runner.train()
    except RuntimeError as error:
        if runner.world_size == 1 or not _LOST.search(str(error)):
            raise
        raise SystemExit(
            f'error: process {runner.rank} of {runner.world_size} waits for another one that has '
            f'ended or cannot be reached ({str(error).splitlines()[0]}). What that one printed '
            'says why. The checkpoints that are there are whole: start all processes anew, and '
            f'{how_to_go_on}.'
        ) from error
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise SystemExit(
            f'error: {error}. The checkpoints that are there are whole: make room, and '
            f'{how_to_go_on}.'
        ) from error
    finally:
        files = [h for h in runner.logger.handlers if isinstance(h, logging.FileHandler)]
        for handler in files:
            runner.logger.removeHandler(handler)
            handler.close()
