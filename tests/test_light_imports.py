"""What a camera's program imports needs neither PyTorch nor OpenMMLab."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

from mdp_plugin import evaluate

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
    [
        'deploy', 'detection', 'evaluation.functional', 'evaluation.calibration', 'imaging',
        'reporting', 'synthesis', 'zoo.entries',
    ],
)  # fmt: skip
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


@pytest.fixture
def folders(tmp_path):
    """Images, masks and a program's predictions, one of them beside its target."""
    for name in ('images', 'masks', 'predictions'):
        (tmp_path / name).mkdir()
    for index in range(4):
        mask = np.zeros((40, 50), np.uint8)
        mask[10:13, 20:23] = 255
        image = np.random.default_rng(index).integers(0, 99, mask.shape).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f'images/{index}.png'), image + mask // 2)
        cv2.imwrite(str(tmp_path / f'masks/{index}.png'), mask)
        prediction = np.roll(mask, 9, axis=0) if index == 2 else mask
        cv2.imwrite(str(tmp_path / f'predictions/{index}.png'), prediction)
    return tmp_path


def run_without_host(project_root, arguments):
    """Run `mdpnet` where PyTorch and OpenMMLab cannot be imported."""
    code = f"""
import sys
for name in {HEAVY}:
    sys.modules[name] = None
try:
    import torch
except ImportError:
    from mdp_plugin.cli import main
    sys.exit(main({arguments}))
"""
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=project_root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_predictions_are_scored_without_host(project_root, folders):
    paths = [str(folders / name) for name in ('predictions', 'masks')]
    out = run_without_host(
        project_root, ['evaluate', *paths, '--out', str(folders / 'out'), '--calibrate']
    )
    assert 'size as predicted, probability > 0.5' in out
    figures = json.loads((folders / 'out/figures.json').read_text())['figures']
    assert figures == evaluate(*paths).figures.to_dict()
    assert figures['Pd'] == 75 and figures['num_false'] == 1
    assert (folders / 'out/operating_points.json').is_file()


def test_a_report_on_predictions_is_made_without_host(project_root, folders):
    paths = [str(folders / name) for name in ('predictions', 'images', 'masks')]
    options = ['--images', paths[1], '--truths', paths[2], '--out', str(folders / 'report.html')]
    run_without_host(project_root, ['report', paths[0], *options])
    assert 'predictions: 1 missed, 1 false' in (folders / 'report.html').read_text()
