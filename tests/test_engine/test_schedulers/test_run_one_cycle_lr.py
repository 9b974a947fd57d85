"""The learning rate follows what the run says: length, rate, batch size."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import OneCycleLR
from tiny_training import run_tool, running, write_config, write_dataset

from mdp_plugin.engine.schedulers import RunOneCycleLR

#: Of seven images in batches of two, four iterations an epoch.
EPOCH = 4
ADAMW = 'configs/_base_/schedules/adamw_100e.py'


@pytest.fixture(scope='module')
def config(tmp_path_factory, project_root):
    """The tiny network under the project's schedule, without validation."""
    folder = tmp_path_factory.mktemp('rates')
    tiny = write_config(folder, write_dataset(folder / 'data', num_images=7))
    path = folder / 'scheduled.py'
    path.write_text(
        f'_base_ = {str(tiny)!r}\n'
        'val_cfg = val_dataloader = val_evaluator = None\n'
        'default_hooks = dict(checkpoint=dict(save_best=None))\n'
        'optim_wrapper = dict(optimizer=dict(lr=5e-3))\n'
        'train_cfg = dict(max_epochs=4)\n'
        f'param_scheduler = {Config.fromfile(project_root / ADAMW).param_scheduler!r}\n'
    )
    return path


def arguments(config, folder: Path, *options: str) -> list:
    return [config, '--work-dir', folder, '--cfg-options', *options]


def rates(folder: Path) -> list[float]:
    """The learning rate of each iteration, from the log."""
    records = []
    for file in sorted(folder.glob('*/vis_data/scalars.json')):
        records += [json.loads(line) for line in file.read_text().splitlines()]
    return [record['lr'] for record in records if 'lr' in record]


def host_rates(epochs: int, rate: float) -> list[float]:
    """The host's schedule, told everything twice as the configs did before."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    schedule = OneCycleLR(
        optimizer, eta_max=rate, total_steps=epochs * EPOCH, pct_start=0.1, by_epoch=False
    )
    values = []
    for _ in range(epochs * EPOCH):
        values.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        schedule.step()
    return values


def test_rates_are_those_of_the_host_told_twice(config, tmp_path):
    argv = arguments(config, tmp_path / 'w', 'randomness.seed=1')
    run_tool('tools/train.py', *argv, cwd=tmp_path)
    assert rates(tmp_path / 'w') == pytest.approx(host_rates(4, 5e-3), rel=1e-5)


@pytest.mark.parametrize(
    'options, epochs, peak',
    [
        (['train_cfg.max_epochs=10', 'optim_wrapper.optimizer.lr=1e-3'], 10, 1e-3),
        (['auto_scale_lr.enable=True', 'auto_scale_lr.base_batch_size=4'], 4, 2.5e-3),
    ],
    ids=['rate and epochs', 'batch size'],
)
def test_one_option_is_enough(config, tmp_path, options, epochs, peak):
    run_tool('tools/train.py', *arguments(config, tmp_path / 'w', *options), cwd=tmp_path)
    found = rates(tmp_path / 'w')
    assert found == pytest.approx(host_rates(epochs, peak), rel=1e-5)
    assert len(found) == epochs * EPOCH and found[-1] < peak / 50


@pytest.mark.parametrize(
    'option, words',
    [
        ('train_cfg.max_epochs=6', 'planned for 8 iterations, and this run has 24'),
        ('optim_wrapper.optimizer.lr=1e-3', 'learning rate 0.005, and this run asks for 0.001'),
    ],
)
def test_resuming_with_another_plan_stops(config, tmp_path, option, words):
    argv = arguments(config, tmp_path / 'w', 'train_cfg.max_epochs=2')
    run_tool('tools/train.py', *argv, cwd=tmp_path)
    argv = [*argv, option, '--resume']
    with running('tools/train.py', argv, tmp_path) as run:
        run.process.join(600)
        assert run.process.exitcode == 1
        assert words in run.output() and 'Traceback' not in run.output()


def test_each_group_keeps_its_own_rate():
    groups = [dict(params=[torch.zeros(1, requires_grad=True)], lr=lr) for lr in (1.0, 0.1)]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    RunOneCycleLR(optimizer, end=100, pct_start=0.1, by_epoch=False)
    assert [group['max_lr'] for group in optimizer.param_groups] == [1.0, 0.1]


@pytest.mark.parametrize('key', ['total_steps', 'eta_max'])
def test_what_the_run_says_is_not_said_again(key):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    with pytest.raises(ValueError, match=f'param_scheduler.{key} is that of the run'):
        RunOneCycleLR(optimizer, end=10, **{key: 5})
    with pytest.raises(ValueError, match='end of the run'):
        RunOneCycleLR(optimizer)
