"""What a camera's program imports needs neither PyTorch nor OpenMMLab."""

import csv
import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

from mdp_plugin import TargetDetector, evaluate

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
        'camera.config_text', 'camera.dataset', 'camera.recordings', 'deploy', 'detection',
        'evaluation.functional', 'evaluation.calibration', 'imaging', 'reporting', 'synthesis',
        'zoo.entries',
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


def run_without_host(project_root, arguments, status=0):
    """What `mdpnet` prints where PyTorch and OpenMMLab cannot be imported."""
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
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


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


def test_the_default_network_runs_without_host(project_root, folders, scene):
    images, masks = (str(folders / name) for name in ('images', 'masks'))
    mask = cv2.imread(f'{masks}/0.png', cv2.IMREAD_GRAYSCALE)
    for index in range(4):
        cv2.imwrite(f'{images}/{index}.png', scene(96, 112, index))
        cv2.imwrite(f'{masks}/{index}.png', cv2.copyMakeBorder(mask, 0, 56, 0, 62, 0))
    run_without_host(project_root, ['detect', images, '--out', str(folders / 'found')])
    with_host = TargetDetector()
    expected = [target for i in range(4) for target in with_host(f'{images}/{i}.png').targets]
    rows = list(csv.DictReader((folders / 'found/targets.csv').open()))
    assert len(rows) == len(expected) > 0
    for row, target in zip(rows, expected):
        assert float(row['x']) == pytest.approx(target.x, abs=0.05)
        assert float(row['confidence']) == pytest.approx(target.confidence, abs=1e-3)
    out = ['--out', str(folders / 'report.html')]
    run_without_host(
        project_root, ['report', 'mdpnet', '--images', images, '--truths', masks, *out]
    )
    assert '320' in (folders / 'report.html').read_text()
    # The images of a config are read by the host.
    refused = run_without_host(project_root, ['report', 'mdpnet', *out], status=2)
    assert 'pip install -e ".[onedl]"; or name --images and --truths' in refused


@pytest.mark.parametrize(
    'model', ['mdpnet-nudt-sirst', 'configs/mdpnet/mdpnet-fast_sirst-320x320.py,w.pth']
)
def test_what_needs_the_host_is_refused_with_the_command(project_root, folders, model):
    arguments = ['detect', str(folders / 'images'), '--model', model, '--out', str(folders)]
    error = run_without_host(project_root, arguments, status=2)
    assert f'"{model.split(",")[0]}" needs torch, mmengine, mmcv, mmseg' in error
    assert 'pip install -e ".[onedl]". Without, there are mdpnet, and files' in error


def test_a_training_names_the_command_that_installs_it(project_root, folders):
    error = run_without_host(project_root, ['train', str(folders)], status=2)
    assert error.startswith(
        'mdpnet train: training needs torch, mmengine, mmcv, mmseg: pip install'
    )
    assert '.[onedl,deploy]' in error and len(error.splitlines()) == 1
