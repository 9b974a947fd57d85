"""A whole training on synthetic scenes: the network learns what it is meant to learn."""

import json
from pathlib import Path

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
