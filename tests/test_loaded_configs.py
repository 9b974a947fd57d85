"""What each config says about its data once it is loaded, compared with stored dictionaries.

Files inherit, and a change to a base reaches all that inherit it. `data/loaded_configs.json` shows
what it does to each: SIRST's dictionary in full, that of any other data set by what differs, and
that of a config of `configs/*/` by what differs from its data set. A change that is meant is
written by `python tests/test_loaded_configs.py`; the difference of that file is what to review.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

PROJECT_ROOT = Path(__file__).resolve().parents[1]
CONFIGS = PROJECT_ROOT / 'configs'
STORED = Path(__file__).parent / 'data/loaded_configs.json'
REFERENCE = 'sirst'
DATASETS = sorted({path.stem for path in (CONFIGS / '_base_/datasets').glob('*.py')} - {'base'})
LEAVES = sorted(
    str(path.relative_to(CONFIGS))
    for path in CONFIGS.glob('*/*.py')
    if path.parent.name != '_base_'
)

# The data sets of which no recipe of their own is known to be better: they train as SIRST does, in
# windows of 256 pixels on targets and batches of four.
SIRSTS_RECIPE = (
    'basicirstd', 'folder', 'irst640', 'irstd1k', 'mdvsfa', 'nuaa_sirst', 'nust_sirst',
    'sirst_50_50', 'sirst_idx_320', 'sirst_v2',
)  # fmt: skip

PIPELINES = ('train_pipeline', 'test_pipeline', 'test_pipeline_square', 'tta_pipeline')
LOADERS = tuple(f'{split}_dataloader' for split in ('train', 'val', 'test'))
KEYS = (
    'data_root', 'scale', 'native', 'crop_size', 'data_preprocessor', *PIPELINES, *LOADERS,
    'val_evaluator', 'test_evaluator',
)  # fmt: skip
# Present with this value says the same as absent.
DEFAULTS = {'train_dataloader.drop_last': False, 'native': False}


def step_text(step: dict) -> str:
    """A step of a pipeline in one line, nested steps in brackets."""
    arguments = ', '.join(
        f'{key}={[[step_text(s) for s in branch] for branch in value]}'
        if key == 'transforms'
        else f'{key}={value}'
        for key, value in sorted(step.items())
        if key != 'type'
    )
    return f'{step["type"]}({arguments})'


def loaded(path: Path) -> dict[str, Any]:
    """The dictionary of a config's data, flat: dotted paths and values."""
    # Tuples and lists mean the same to what reads them.
    cfg = json.loads(json.dumps(Config.fromfile(path).to_dict(), default=str))
    pipelines = {key: [step_text(step) for step in cfg[key]] for key in PIPELINES if key in cfg}
    flat: dict[str, Any] = {}

    def walk(value: Any, place: str) -> None:
        if place.endswith('pipeline') or place in PIPELINES:
            steps = [step_text(step) for step in value]
            names = [f'as {key}' for key in PIPELINES if pipelines.get(key) == steps]
            flat[place] = names[0] if names and place not in PIPELINES else steps
        elif isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f'{place}.{key}')
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for index, inner in enumerate(value):
                walk(inner, f'{place}.{index}')
        else:
            text = json.dumps(value).replace(f'{PROJECT_ROOT}/', '')
            flat[place] = json.loads(text)

    for key in KEYS:
        if key in cfg:
            walk(cfg[key], key)
    if 'model' in cfg:
        walk(cfg['model']['data_preprocessor'], 'model.data_preprocessor')
    return {key: flat[key] for key in sorted(flat) if DEFAULTS.get(key, ...) != flat[key]}


def load_dataset(name: str) -> dict[str, Any]:
    return loaded(CONFIGS / f'_base_/datasets/{name}.py')


def without_model(flat: dict[str, Any]) -> dict[str, Any]:
    """A config's data, and what its model normalises by where the data set says otherwise."""
    own = {key: value for key, value in flat.items() if not key.startswith('model.')}
    for key, value in flat.items():
        if key.startswith('model.') and own.get(key.removeprefix('model.')) != value:
            own[key] = value
    return own


def difference(flat: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
    """Paths of which the value differs; None for those that are absent."""
    places = sorted(flat.keys() | reference.keys())
    return {p: flat.get(p) for p in places if flat.get(p, ...) != reference.get(p, ...)}


def as_text(value: Any, indent: str = '') -> str:
    """JSON with one line for each path of a config."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value)
    inner = indent + ' '
    lines = (f'{inner}{json.dumps(key)}: {as_text(item, inner)}' for key, item in value.items())
    return '{\n' + ',\n'.join(lines) + f'\n{indent}}}'


def write() -> None:
    """Store what the configs say now."""
    datasets = {name: load_dataset(name) for name in DATASETS}
    leaves = {}
    for name in LEAVES:
        flat = without_model(loaded(CONFIGS / name))
        found = {data: difference(flat, reference) for data, reference in datasets.items()}
        data = min(found, key=lambda key: len(found[key]))
        leaves[name] = dict(data=data, otherwise=found[data])
    differences = {
        name: flat if name == REFERENCE else difference(flat, datasets[REFERENCE])
        for name, flat in datasets.items()
    }
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_text(as_text(dict(datasets=differences, leaves=leaves)) + '\n')


@pytest.fixture(scope='module')
def stored() -> dict[str, dict]:
    return json.loads(STORED.read_text())


def test_every_config_is_stored(stored):
    advice = 'store them by python tests/test_loaded_configs.py'
    assert sorted(stored['datasets']) == DATASETS, advice
    assert sorted(stored['leaves']) == LEAVES, advice


@pytest.mark.parametrize('name', DATASETS)
def test_data_set(name, stored):
    flat = load_dataset(name)
    if name != REFERENCE:
        flat = difference(flat, load_dataset(REFERENCE))
    assert flat == stored['datasets'][name]


@pytest.mark.parametrize('name', SIRSTS_RECIPE)
def test_data_sets_train_by_one_recipe(name):
    cfg, reference = (
        Config.fromfile(CONFIGS / f'_base_/datasets/{data}.py') for data in (name, REFERENCE)
    )
    assert cfg.crop_size == cfg.data_preprocessor.size == reference.crop_size == (256, 256)
    assert cfg.train_dataloader.batch_size == reference.train_dataloader.batch_size == 4
    assert cfg.train_dataloader.dataset.pipeline == cfg.train_pipeline
    # What lies between the reading of an image and the packing, but for its size.
    own = {'ToGrayscale', 'AlignedResize'}
    recipes = [[s for s in c.train_pipeline if s['type'] not in own] for c in (cfg, reference)]
    assert recipes[0] == recipes[1] and len(recipes[0]) == 9
    (crop,) = (s for s in cfg.train_pipeline if s['type'] == 'RandomTargetCrop')
    assert crop.crop_size == (256, 256) and crop.target_prob == 1.0


def test_all_data_sets_together_are_short():
    files = (CONFIGS / '_base_/datasets').glob('*.py')
    assert sum(len(file.read_text().splitlines()) for file in files) < 650


def test_a_copy_of_the_folder_config_takes_thirteen_values(tmp_path):
    values = dict(
        data_root='/camera', images='frames/', masks='labels/', img_suffix='.tif',
        mask_suffix='_mask.png', black_level=300, white_level=16383,
        polarity='black-hot', stretch_prob=0.5, scale=(320, 256),
        crop_size=(192, 128), mean=107.72, std=47.13,
    )  # fmt: skip
    text = (CONFIGS / '_base_/datasets/folder.py').read_text()
    set_by_user, rest = text.split('\n# Here the values go')
    assignment = re.compile(r'^(\w+) = [^#\n]*', re.MULTILINE)
    found = [name for name in assignment.findall(set_by_user) if name != '_base_']
    assert found == list(values)
    copy = assignment.sub(
        lambda m: f'{m[1]} = {values[m[1]]!r}' if m[1] in values else m[0], set_by_user
    )
    shutil.copy(CONFIGS / '_base_/datasets/base.py', tmp_path)
    (tmp_path / 'camera.py').write_text(f'{copy}\n# Here the values go{rest}')

    cfg = Config.fromfile(tmp_path / 'camera.py')
    pre = cfg.data_preprocessor
    assert (pre.mean, pre.std, pre.size) == ([107.72], [47.13], (192, 128))
    for split in ('train', 'val', 'test'):
        data = cfg[f'{split}_dataloader'].dataset
        assert data.data_root == '/camera'
        assert (data.img_suffix, data.seg_map_suffix) == ('.tif', '_mask.png')
        assert data.data_prefix.img_path == f'{split}/frames/'
        assert data.data_prefix.seg_map_path == f'{split}/labels/'
    assert cfg.train_dataloader.dataset.pipeline == cfg.train_pipeline
    assert cfg.val_dataloader.dataset.pipeline == cfg.test_pipeline
    assert cfg.test_dataloader.dataset.pipeline == cfg.test_pipeline
    for key in PIPELINES:
        steps = {step['type']: step for step in cfg[key]}
        assert steps['AlignedResize'].scale == (320, 256)
        levels = steps['ToGrayscale']
        assert (levels.black_level, levels.white_level) == (300, 16383)
        assert levels.polarity == 'black-hot'
        assert levels.get('stretch_prob', 0) == (0.5 if key == 'train_pipeline' else 0)
    (crop,) = (s for s in cfg.train_pipeline if s['type'] == 'RandomTargetCrop')
    assert crop.crop_size == (192, 128)


@pytest.mark.parametrize('name', LEAVES)
def test_config(name, stored):
    expected = stored['leaves'][name]
    flat = without_model(loaded(CONFIGS / name))
    assert difference(flat, load_dataset(expected['data'])) == expected['otherwise']


if __name__ == '__main__':
    write()
