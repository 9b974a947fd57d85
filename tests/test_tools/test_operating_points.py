"""The tool that measures the operating points of shipped weights."""

import shutil
from dataclasses import replace

import cv2
import pytest
from test_docs import write_sirst_layouts
from tiny_training import run_tool

from mdp_plugin import operating_points
from mdp_plugin.detection import TargetDetector
from mdp_plugin.evaluation import functional as F
from mdp_plugin.evaluation.operating_points import SUFFIX, OperatingPoints
from mdp_plugin.evaluation.scored_files import read_names
from mdp_plugin.project_files import PROJECT_ROOT
from mdp_plugin.reporting.points_of_config import points_of_config

TOOL = 'tools/analysis_tools/operating_points.py'
NAME = 'mdpnet-fast_sirst-320x320'


def test_points_are_those_of_the_val_images(tmp_path):
    write_sirst_layouts(tmp_path)
    config = PROJECT_ROOT / f'configs/mdpnet/{NAME}.py'
    weights = tmp_path / 'copy.pth'
    shutil.copy(PROJECT_ROOT / f'mdp_plugin/weights/{NAME}.pth', weights)
    output = run_tool(
        TOOL, config, weights, '--threads', 1,
        cwd=tmp_path, environment={'IRSTD_DATA_ROOT': str(tmp_path)},
    )  # fmt: skip
    stored = OperatingPoints.beside(weights)
    assert stored.outcome(0.5) in output
    images, masks = [], []
    for name in read_names(tmp_path / 'SIRST/idx_427/val.txt'):
        images.append(cv2.imread(str(tmp_path / f'SIRST/images/{name}.png'), cv2.IMREAD_UNCHANGED))
        mask = tmp_path / f'SIRST/masks/{name}_pixels0.png'
        masks.append(cv2.imread(str(mask), cv2.IMREAD_UNCHANGED))
    expected = operating_points(
        TargetDetector.from_config(config, weights, threads=1), masks, images=images
    )
    assert stored.curve == expected.curve
    assert stored.confidence == pytest.approx(expected.confidence)
    # Weights trained on val as well keep the confidence of the training without it.
    replace(stored, confidence=F.UNCALIBRATED).save(weights.with_suffix(SUFFIX))
    root = tmp_path / 'SIRST-V2'
    options = (
        '--images', root / 'mixed', '--truths', root / 'annotations/masks',
        '--names', root / 'splits/new_val.txt',
    )  # fmt: skip
    run_tool(TOOL, config, weights, '--threads', 1, *options, '--keep-confidence', cwd=tmp_path)
    other = OperatingPoints.beside(weights)
    assert other.confidence == F.UNCALIBRATED and other.data == 'SIRST-V2 new_val, 2 images'
    assert replace(stored, confidence=None) == replace(
        expected, confidence=None, data='SIRST val, 4 images'
    )


def test_images_of_the_training_are_refused(tmp_path, monkeypatch):
    write_sirst_layouts(tmp_path)
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path))
    name = 'mdpnet-fine_focal_sirst-320x320'
    files = f'configs/mdpnet/{name}.py', PROJECT_ROOT / f'mdp_plugin/weights/{name}.pth'
    with pytest.raises(ValueError, match='trains on 4 of its 4 val images'):
        points_of_config(*files)
    root = tmp_path / 'SIRST-V2'
    points = points_of_config(
        *files, images=root / 'mixed', truths=root / 'annotations/masks',
        names=root / 'splits/new_val.txt', threads=1,
    )  # fmt: skip
    assert points.data == 'SIRST-V2 new_val, 2 images' and points.frames == 2
