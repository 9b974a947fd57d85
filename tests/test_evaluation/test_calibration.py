"""Confidence and operating points from arrays, as `mdpnet evaluate` finds them in folders."""

import json

import cv2
import numpy as np
import pytest
from pseudo_predictions import pseudo_prediction
from scipy.ndimage import gaussian_filter

from mdp_plugin import Protocol, TargetDetector, calibrate, evaluate, operating_points, report
from mdp_plugin.cli import main
from mdp_plugin.evaluation import functional as F
from mdp_plugin.evaluation.operating_points import FalseAlarmWarning, OperatingPoints
from mdp_plugin.reporting.plots import plot_reliability


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
    options = ['--false-alarms', '1e-3/pixel', '--out', str(tmp_path / 'out')]
    assert main(['evaluate', *folders, *options]) == 0
    stored = OperatingPoints.load(tmp_path / 'out/operating_points.json')
    from_folders = operating_points(*folders, false_alarms='1e-3/pixel')
    from_arrays = operating_points(*scenes, false_alarms='1e-3/pixel')
    assert from_folders == stored and from_arrays.data == '8 images'
    assert from_arrays.to_dict() == {**stored.to_dict(), 'data': '8 images'}
    assert stored.figures_at(stored.threshold)['Fa'] <= 1e-3 and stored.frames == 8
    # Without a budget the protocol's threshold stays, and confidence is that of calibrate.
    plain = operating_points(*scenes, protocol=Protocol(threshold=0.4))
    assert plain.threshold == 0.4
    assert plain.confidence == calibrate(*scenes, protocol=Protocol(threshold=0.4)).confidence


def test_a_detector_takes_them(scenes):
    points = operating_points(*scenes, false_alarms='1e-3/pixel')
    detector = TargetDetector('mdpnet-nudt-sirst', threads=1, operating_points=points)
    assert (detector.threshold, detector.confidence) == (points.threshold, points.confidence)


def test_impossible_ones_are_refused(scenes):
    maps, truths = scenes
    with pytest.raises(ValueError, match='need the curves'):
        operating_points(maps, truths, protocol=Protocol(num_thresholds=None))
    with pytest.raises(ValueError, match='no component was predicted'):
        calibrate([np.zeros((9, 9), np.float32)], [np.ones((9, 9), bool)])
    with pytest.raises(ValueError, match='no threshold keeps'):
        operating_points([np.ones((9, 9))], [np.zeros((9, 9), bool)], false_alarms='1e-6/pixel')


def test_frames_without_targets_and_without_predictions(tmp_path):
    """Most frames of a camera are empty; some sets have nothing else."""
    empty, nothing = np.zeros((40, 50), bool), np.zeros((40, 50), np.float32)
    target, spot = empty.copy(), nothing.copy()
    target[5:8, 5:8], spot[20:22, 30:33] = True, 0.9
    truths = [target, *[empty] * 19]
    points = operating_points([target * 0.99, spot, *[nothing] * 18], truths)
    assert points.figures_at(0.5) == {'Pd': 1.0, 'FPPI': 1 / 20, 'Fa': 6 / (20 * 40 * 50)}
    assert 0 < points.confidence(-5) <= points.confidence(5) < 1
    # False alarms alone: the file has no Pd, and comes back.
    points = operating_points([spot, nothing], [empty, empty])
    points.save(tmp_path / 'points.json')
    assert OperatingPoints.load(tmp_path / 'points.json') == points and 'Pd' not in points.curve
    assert points.confidence(5) < 0.5
    # A rate that is kept by finding nothing is kept; of the confidence nothing is known.
    with pytest.warns(FalseAlarmWarning, match=r'0 false targets in 2 frames, which shows 1\.5 a'):
        points = operating_points([spot, nothing], [empty, target], false_alarms='0/frame')
    assert points.confidence is None and points.threshold == pytest.approx(0.9, abs=0.006)
    with pytest.raises(ValueError, match='no component was predicted'):
        operating_points([nothing], [empty])


def test_a_reliability_diagram_of_empty_frames(tmp_path, capsys):
    for folder in ('images', 'masks', 'quiet', 'false'):
        (tmp_path / folder).mkdir()
    nothing = np.zeros((40, 50), np.uint8)
    spot = nothing.copy()
    spot[20:22, 30:33] = 255
    for index in range(6):
        for folder in ('images', 'masks', 'quiet'):
            cv2.imwrite(str(tmp_path / folder / f'{index}.png'), nothing)
        cv2.imwrite(str(tmp_path / f'false/{index}.png'), nothing if index else spot)
    folders = [str(tmp_path / name) for name in ('quiet', 'false')]
    paths = ['--images', str(tmp_path / 'images'), '--truths', str(tmp_path / 'masks')]
    out = ['--out', str(tmp_path / 'report.html'), '--pictures', str(tmp_path / 'pictures')]
    assert main(['report', *folders, *paths, *out]) == 0
    assert 'nothing is predicted' in plot_text(tmp_path, folders, paths)
    calibrated = ['evaluate', folders[1], paths[3], '--calibrate', '--out', str(tmp_path / 'out')]
    assert main(calibrated) == 0
    figures = json.loads((tmp_path / 'out/figures.json').read_text())['figures']
    assert figures['Pd'] is None and figures['FPPI'] == 1 / 6
    assert figures['FalseFrames'] == pytest.approx(100 / 6)
    assert main(['evaluate', folders[0], *calibrated[2:]]) == 2
    assert 'no component was predicted' in capsys.readouterr().err


def plot_text(tmp_path, folders, paths):
    """What the reliability diagram of a report says."""
    made = report(folders, images=paths[1], truths=paths[3])
    figure = plot_reliability(made.scores)
    return ' '.join(text.get_text() for axis in figure.axes for text in axis.texts)
