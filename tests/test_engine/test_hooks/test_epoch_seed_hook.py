from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.dataset import worker_init_fn
from mmseg.registry import HOOKS
from torch.utils.data import DataLoader, Dataset


class Draws(Dataset):
    """Each item is what the three generators give."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        import random

        return torch.tensor(
            [random.random(), np.random.rand(), torch.rand(1).item()], dtype=torch.float64
        )


def draw(epochs, num_workers, persistent=False, seed=0, rank=0, start=0, use_hook=True):
    """The numbers that the epochs of a training see: one array of shape (4, 3) each."""
    import functools

    loader = DataLoader(
        Draws(),
        num_workers=num_workers,
        persistent_workers=persistent,
        worker_init_fn=functools.partial(
            worker_init_fn, num_workers=num_workers, rank=rank, seed=seed
        ),
    )
    runner = SimpleNamespace(seed=seed, rank=rank, epoch=start, train_dataloader=loader)
    hook = HOOKS.build(dict(type='EpochSeedHook'))
    if use_hook:
        hook.before_train(runner)
    result = []
    for epoch in range(start, start + epochs):
        runner.epoch = epoch
        if use_hook:
            hook.before_train_epoch(runner)
        result.append(torch.cat(list(loader)).numpy())
    return result


def test_the_host_alone_repeats_itself():
    first, second = draw(2, num_workers=2, use_hook=False)
    assert np.array_equal(first, second)


@pytest.mark.parametrize('num_workers, persistent', [(0, False), (2, False), (2, True)])
def test_epochs_differ_and_a_resumed_training_repeats_them(num_workers, persistent):
    epochs = draw(3, num_workers, persistent)
    values = np.concatenate(epochs)
    for generator in range(3):
        assert len(np.unique(values[:, generator])) == 12
    again = draw(1, num_workers, persistent, start=2)
    assert np.array_equal(again[0], epochs[2])


def test_ranks_and_seeds_differ():
    base = draw(1, 0)[0]
    for other in (draw(1, 0, rank=1)[0], draw(1, 0, seed=1)[0]):
        assert not np.isin(other, base).any()
