"""What each config says about its data once it is loaded, compared with stored dictionaries.

Files inherit, and a change to a base reaches all that inherit it. `data/loaded_configs.json` shows
what it does to each: SIRST's dictionary in full, that of any other data set by what differs, and
that of a config of `configs/*/` by what differs from its data set. A change that is meant is
written by `python tests/test_loaded_configs.py`; the difference of that file is what to review.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

PROJECT_ROOT = Path(__file__).resolve().parents[1]
CONFIGS = PROJECT_ROOT / 'configs'
STORED = Path(__file__).parent / 'data/loaded_configs.json'
REFERENCE = 'sirst'
DATASETS = sorted(path.stem for path in (CONFIGS / '_base_/datasets').glob('*.py'))
LEAVES = sorted(
    str(path.relative_to(CONFIGS))
    for path in CONFIGS.glob('*/*.py')
    if path.parent.name != '_base_'
)

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
    return {key: value for key, value in flat.items() if DEFAULTS.get(key, ...) != value}


def load_dataset(name: str) -> dict[str, Any]:
    return loaded(CONFIGS / f'_base_/datasets/{name}.py')


def without_model(flat: dict[str, Any]) -> dict[str, Any]:
    """A config's data; what its model normalises by is left out where the data set says the same."""
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
    assert sorted(stored['datasets']) == DATASETS
    assert sorted(stored['leaves']) == LEAVES


@pytest.mark.parametrize('name', DATASETS)
def test_data_set(name, stored):
    flat = load_dataset(name)
    if name != REFERENCE:
        flat = difference(flat, load_dataset(REFERENCE))
    assert flat == stored['datasets'][name]


@pytest.mark.parametrize('name', LEAVES)
def test_config(name, stored):
    expected = stored['leaves'][name]
    flat = without_model(loaded(CONFIGS / name))
    assert difference(flat, load_dataset(expected['data'])) == expected['otherwise']


if __name__ == '__main__':
    write()
