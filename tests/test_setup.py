"""What setup.py declares is what the package imports."""

import ast
import sys
from distutils.core import run_setup

import pytest

from mdp_plugin.project_files import PACKAGE, PROJECT_ROOT

#: Distribution of each import name that is spelt otherwise.
DISTRIBUTIONS = {'cv2': 'opencv-python', 'PIL': 'pillow', 'yaml': 'pyyaml'}
#: Those of the host, which the extras onedl and openmmlab bring under other names.
HOST = {'mmengine', 'mmcv', 'mmseg', 'mmpretrain'}


@pytest.fixture(scope='module')
def distribution():
    """What setup.py says, read as pip reads it."""
    folder = sys.path[:]
    try:
        return run_setup(str(PROJECT_ROOT / 'setup.py'), stop_after='init')
    finally:
        sys.path[:] = folder


def names_of(requirements):
    """Distributions of requirements: 'torch>=2.4' -> 'torch'."""
    return {line.split('[')[0].split('=')[0].rstrip('<>~! ') for line in requirements}


def imported_names():
    """Top-level names that the modules of the package import, wherever in a module."""
    found = set()
    for file in PACKAGE.rglob('*.py'):
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split('.')[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.split('.')[0])
    return found - sys.stdlib_module_names - HOST - {'mdp_plugin'}


def test_every_direct_import_is_declared(distribution):
    extras = distribution.extras_require
    declared = names_of(distribution.install_requires).union(*map(names_of, extras.values()))
    imported = {DISTRIBUTIONS.get(name, name) for name in imported_names()}
    assert {'numpy', 'opencv-python', 'torch', 'onnxruntime'} <= imported
    assert imported <= declared


def test_pytorch_comes_with_the_host_alone(distribution):
    extras = distribution.extras_require
    light = names_of([*distribution.install_requires, *extras['runtime'], *extras['deploy']])
    assert 'onnxruntime' in names_of(extras['runtime']) and not {'torch', 'torchvision'} & light
    for line in ('onedl', 'openmmlab'):
        assert {'torch', 'torchvision'} <= names_of(extras[line])
