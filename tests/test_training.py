"""A whole training on synthetic scenes: the network learns what it is meant to learn."""

import json
import re
from pathlib import Path

import numpy as np
from tiny_training import run_tool

from mdp_plugin.synthesis import DatasetWriter, SceneSettings

SIZE = 128


def test_training_on_synthetic_scenes_finds_held_out_targets(
    tmp_path: Path, project_root: Path
) -> None:
    data = tmp_path / 'data'
    DatasetWriter(data / 'synthetic', SceneSettings(size=(SIZE, SIZE)), seed=0).write(160)
    config = project_root / 'configs/mdpnet/mdpnet-tiny_synthetic-256x256.py'
    options = [
        f'model.data_preprocessor.size=({SIZE},{SIZE})',
        f'train_dataloader.dataset.pipeline.4.scale=({SIZE},{SIZE})',
        f'train_dataloader.dataset.pipeline.6.crop_size=({SIZE},{SIZE})',
        f'val_dataloader.dataset.pipeline.2.scale=({SIZE},{SIZE})',
        f'test_dataloader.dataset.pipeline.2.scale=({SIZE},{SIZE})',
    ]
    environment = {'IRSTD_DATA_ROOT': str(data)}
    run_tool(
        'tools/train.py',
        config,
        '--work-dir',
        tmp_path / 'run',
        '--cfg-options',
        *options,
        cwd=tmp_path,
        environment=environment,
    )
    run_tool(
        'tools/test.py',
        config,
        (tmp_path / 'run' / 'last_checkpoint').read_text(),
        '--work-dir',
        tmp_path / 'test',
        '--cfg-options',
        *options,
        cwd=tmp_path,
        environment=environment,
    )
    # The weights of the last epoch, unselected, on images that were never trained on.
    (figures,) = (tmp_path / 'test').glob('*/*.json')
    result = json.loads(figures.read_text())
    assert result['irstd/num_images'] > 20
    assert result['irstd/nIoU'] > 60


def test_scenes_without_any_target_are_trained_on_and_tested(
    tmp_path: Path, project_root: Path
) -> None:
    """Nothing to find: the figures say so, and no false alarm hides among them."""
    data = tmp_path / 'data'
    settings = SceneSettings.preset('cluttered', size=(64, 64), targets=dict(count=(0, 0)))
    DatasetWriter(data / 'synthetic', settings, num=10).write()
    sizes = 'scale=(64,64)'
    output = run_tool(
        'tools/train.py',
        project_root / 'configs/mdpnet/mdpnet-tiny_synthetic-256x256.py',
        '--work-dir',
        tmp_path / 'run',
        '--cfg-options',
        'model.data_preprocessor.size=(64,64)',
        f'train_dataloader.dataset.pipeline.4.{sizes}',
        'train_dataloader.dataset.pipeline.6.crop_size=(64,64)',
        f'val_dataloader.dataset.pipeline.2.{sizes}',
        'train_cfg.max_epochs=1',
        'train_cfg.val_interval=1',
        cwd=tmp_path,
        environment={'IRSTD_DATA_ROOT': str(data)},
    )
    losses = [float(loss) for loss in re.findall(r' loss: (\S+)', output)]
    assert losses and np.isfinite(losses).all()
    (figures,) = (tmp_path / 'run').glob('*/vis_data/scalars.json')
    last = json.loads(figures.read_text().splitlines()[-1])
    assert last['irstd/num_images'] == 2 and last['irstd/num_targets'] == 0
    assert last['irstd/num_false'] >= 0 and last['irstd/Fa'] >= 0
