"""Fixtures shared by all tests: registered modules and, where present, the real data sets."""

import os
from pathlib import Path

import pytest
from mmengine.registry import init_default_scope

import mdp_plugin.registration  # noqa: F401  (registers every module of the plugin)

PROJECT_ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def default_scope():
    """Resolve `type='Name'` in mmseg's registries, as a config's `default_scope` does."""
    init_default_scope('mmseg')


@pytest.fixture(scope='session')
def project_root() -> Path:
    """The checkout that holds configs/ and tools/."""
    return PROJECT_ROOT


def _real_data(name: str) -> Path:
    root = Path(os.environ.get('IRSTD_DATA_ROOT', PROJECT_ROOT / 'data')) / name
    if not (root / 'images').is_dir():
        pytest.skip(f'{name} is not at {root}; set IRSTD_DATA_ROOT to test on real images')
    return root


@pytest.fixture(scope='session')
def sirst_root() -> Path:
    """Folder of the real SIRST data set; skips the test where it is absent."""
    return _real_data('SIRST')


@pytest.fixture(scope='session')
def nudt_sirst_root() -> Path:
    """Folder of the real NUDT-SIRST data set; skips the test where it is absent."""
    return _real_data('NUDT-SIRST')
