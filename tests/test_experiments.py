"""Every variant of every experiment still says something about its config.

Options name places such as `train_dataloader.dataset.pipeline.4.scale`. An option whose place has
moved would land in another step; here every step, loss and schedule is built with its options, and
takes no argument that it does not know.
"""

from functools import cache
from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config
from mmseg.registry import MODELS, PARAM_SCHEDULERS, TRANSFORMS

from mdp_plugin.experiments.experiment import load_experiment, variant_config

PROJECT_ROOT = Path(__file__).resolve().parents[1]
VARIANTS = [
    pytest.param(path, name, id=f'{path.stem}-{name}')
    for path in sorted((PROJECT_ROOT / 'docs/experiments').glob('*.yaml'))
    for name in yaml.safe_load(path.read_text())['variants']
]


@cache
def built(pretty_text: str) -> bool:
    """Build the model that a text describes, once."""
    return MODELS.build(Config.fromstring(pretty_text, '.py').model) is not None


@pytest.mark.parametrize('path, name', VARIANTS)
def test_variant(path, name):
    cfg = variant_config(load_experiment(path), name)
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        for dataset in loader.dataset.get('datasets', [loader.dataset]):
            for step in dataset.pipeline:
                TRANSFORMS.build(step)
    scheduler = cfg.param_scheduler
    if scheduler:
        # As the runner builds it, with ten iterations to an epoch.
        rate = cfg.optim_wrapper.optimizer.lr
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
        epochs = cfg.train_cfg.max_epochs
        planned = dict(scheduler, end=epochs)
        given = dict(optimizer=optimizer, epoch_length=10)
        assert PARAM_SCHEDULERS.build(planned, default_args=given).total_steps == 10 * epochs
    if 'teacher' in cfg.model:
        assert set(cfg.model.active) <= set(cfg.model.distillers)
        cfg.model.active = []  # the student alone: not every teacher's weights are in the project
    assert built(Config(dict(model=cfg.model.to_dict())).pretty_text)
