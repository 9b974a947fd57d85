"""Random numbers of an epoch depend on the epoch, and on nothing that happened before."""

import functools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch import Tensor
from torch.utils.data import get_worker_info


def seed_everything(seed: int, rank: int, epoch: int, worker: int = 0) -> None:
    """Seed Python's, numpy's and torch's generators of this process.

    Args:
        seed (int): Seed of the training.
        rank (int): Rank of the process in distributed training.
        epoch (int): Epoch, from 0.
        worker (int): 0 for the training process, 1 and up for its data workers. Defaults to 0.
    """
    states = np.random.SeedSequence((seed, rank, epoch, worker)).generate_state(3)
    random.seed(int(states[0]))
    np.random.seed(int(states[1]))
    torch.manual_seed(int(states[2]))


def seed_worker(
    worker_id: int, seed: int, rank: int, epoch: Tensor, host: Callable[[int], None] | None
) -> None:
    """Initialise a data worker: the host's own initialisation, then a seed for each epoch.

    A worker may live for many epochs. It is seeded anew when it loads the first batch of one.

    Args:
        worker_id (int): Number of the worker, from 0.
        seed (int): Seed of the training.
        rank (int): Rank of the training process.
        epoch (Tensor): The epoch, from 0, in memory that the training process shares.
        host (Callable, optional): The initialisation that the host chose.
    """
    if host is not None:
        host(worker_id)
    info = get_worker_info()
    assert info is not None
    dataset, seeded = info.dataset, None

    def load(indices: list[int]) -> list[Any]:
        nonlocal seeded
        if seeded != int(epoch):
            seeded = int(epoch)
            seed_everything(seed, rank, seeded, worker_id + 1)
        return [dataset[index] for index in indices]

    dataset.__getitems__ = load  # torch asks for a whole batch where a data set has this


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Give every epoch its own random numbers, reproducibly.

    The host seeds data workers by the training's seed alone. Without ``persistent_workers`` they
    start anew in every epoch and then repeat the same augmentations; and a resumed training
    repeats those of its first epochs in any case. With this hook the numbers depend on seed, rank,
    epoch and worker alone, so that a training that was interrupted and resumed computes the same
    weights as one that was not.

    It serves training by epochs. ``IterBasedTrainLoop`` starts its workers before any hook runs;
    keep ``persistent_workers=True`` there.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Let the workers that start from now on know the epoch.

        Args:
            runner (Runner): The runner.
        """
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()
        runner.train_dataloader.worker_init_fn = functools.partial(
            seed_worker,
            seed=runner.seed,
            rank=runner.rank,
            epoch=self._epoch,
            host=runner.train_dataloader.worker_init_fn,
        )

    def before_train_epoch(self, runner: Runner) -> None:
        """Seed this process, and tell the workers to seed themselves.

        Args:
            runner (Runner): The runner.
        """
        self._epoch.fill_(runner.epoch)
        seed_everything(runner.seed, runner.rank, runner.epoch)
