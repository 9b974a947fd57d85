"""Confidence and operating points from arrays, as `mdpnet evaluate` finds them in folders."""

import json

import cv2
import numpy as np
import pytest
from pseudo_predictions import pseudo_prediction
from scipy.ndimage import gaussian_filter

from mdp_plugin import Protocol, TargetDetector, calibrate, evaluate, operating_points
from mdp_plugin.cli import main
from mdp_plugin.evaluation import functional as F
from mdp_plugin.evaluation.operating_points import OperatingPoints


@pytest.fixture(scope='module')
def scenes():
    """Maps and truths of eight images."""
    noise = [np.random.default_rng(index).normal(size=(60, 64)) for index in range(8)]
    truths = [gaussian_filter(values, 1.2) > 0.55 for values in noise]
    maps = [pseudo_prediction(truth, index) for index, truth in enumerate(truths)]
    return maps, truths


def test_confidence_is_fitted_to_what_is_counted(scenes):
    protocol = Protocol(threshold=0.4, connectivity=4, distance_thr=1.0)
    found, figures = calibrate(*scenes, protocol=protocol), evaluate(*scenes, protocol=protocol)
    assert found.threshold == 0.4
    assert sum(found.is_target) == figures.figures.num_detected > 0
    assert len(found.is_target) - sum(found.is_target) == figures.figures.num_false > 0
    assert found.confidence == F.fit_confidence(found.log_odds, found.is_target)
    assert found.reliability.count.sum() == len(found.log_odds)
    values = json.loads(json.dumps(found.to_dict()))
    assert values['error'] == found.reliability.error < 0.2
    assert values['confidence']['slope'] == found.confidence.slope


def test_operating_points_are_those_of_the_command(scenes, tmp_path):
    for folder in ('maps', 'truths'):
        (tmp_path / folder).mkdir()
    for index, (probability, truth) in enumerate(zip(*scenes, strict=True)):
        np.save(tmp_path / f'maps/{index}', probability)
        cv2.imwrite(str(tmp_path / f'truths/{index}.png'), truth * np.uint8(255))
    folders = [str(tmp_path / 'maps'), str(tmp_path / 'truths')]
    options = ['--fa-budget', '1e-3', '--out', str(tmp_path / 'out')]
    assert main(['evaluate', *folders, *options]) == 0
    stored = OperatingPoints.load(tmp_path / 'out/operating_points.json')
    from_folders = operating_points(*folders, fa_budget=1e-3)
    from_arrays = operating_points(*scenes, fa_budget=1e-3)
    assert from_folders == stored and from_arrays.data == '8 images'
    assert from_arrays.to_dict() == {**stored.to_dict(), 'data': '8 images'}
    assert stored.figures_at(stored.threshold)[1] <= 1e-3
    # Without a budget the protocol's threshold stays, and confidence is that of calibrate.
    plain = operating_points(*scenes, protocol=Protocol(threshold=0.4))
    assert plain.threshold == 0.4
    assert plain.confidence == calibrate(*scenes, protocol=Protocol(threshold=0.4)).confidence


def test_a_detector_takes_them(scenes):
    points = operating_points(*scenes, fa_budget=1e-3)
    detector = TargetDetector('mdpnet-nudt-sirst', threads=1, operating_points=points)
    assert (detector.threshold, detector.confidence) == (points.threshold, points.confidence)


def test_impossible_ones_are_refused(scenes):
    maps, truths = scenes
    with pytest.raises(ValueError, match='need the curves'):
        operating_points(maps, truths, protocol=Protocol(num_thresholds=None))
    with pytest.raises(ValueError, match='no component was predicted'):
        calibrate([np.zeros((9, 9), np.float32)], [np.ones((9, 9), bool)])
    with pytest.raises(ValueError, match='no threshold keeps'):
        operating_points([np.ones((9, 9))], [np.zeros((9, 9), bool)], fa_budget=1e-6)
