"""What a camera's program imports needs neither PyTorch nor OpenMMLab."""

import subprocess
import sys

import pytest

HEAVY = ('torch', 'mmengine', 'mmcv', 'mmseg')
REPORT = f'import sys; print(*sorted(set({HEAVY}) & set(sys.modules)))'


def heavy_modules(project_root, code):
    """Which of the heavy modules a fresh interpreter has loaded after some code."""
    done = subprocess.run(
        [sys.executable, '-c', f'{code}\n{REPORT}'],
        cwd=project_root, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


def test_heavy_modules_are_seen(project_root):
    assert heavy_modules(project_root, 'import mdp_plugin.registration') == sorted(HEAVY)


@pytest.mark.parametrize(
    'room',
    ['deploy', 'detection', 'evaluation.functional', 'imaging', 'synthesis', 'zoo.entries'],
)
def test_rooms_for_plain_arrays_and_files(project_root, room):
    """Every module of these rooms is imported, those that their `__init__` leaves out as well."""
    code = f"""
import importlib, pkgutil
room = importlib.import_module('mdp_plugin.{room}')
for module in pkgutil.walk_packages(getattr(room, '__path__', []), f'{{room.__name__}}.'):
    if module.name != 'mdp_plugin.detection.torch_predictor':
        importlib.import_module(module.name)
"""
    assert heavy_modules(project_root, code) == []


def test_the_zoo_is_listed_without_a_runner(project_root):
    code = "from mdp_plugin.cli import main; assert main(['zoo']) == 0"
    assert heavy_modules(project_root, code) == []
