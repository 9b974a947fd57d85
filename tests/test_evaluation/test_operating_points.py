"""Operating points: thresholds of a budget, and files that hold something else."""

import json
import math
import re

import pytest

from mdp_plugin.evaluation.false_alarms import FalseAlarms
from mdp_plugin.evaluation.functional import Confidence
from mdp_plugin.evaluation.operating_points import OperatingPoints, corners
from mdp_plugin.project_files import PACKAGE

CURVE = {
    'threshold': [0.1, 0.5, 0.9],
    'Fa': [0.1, 0.001, 0.01],
    'FPPI': [4.0, 0.2, 0.0],
    'Pd': [1.0, 0.9, 0.5],
}
TRAINED_ON_VAL = {'focal', 'paste', 'pretrained', 'square', 'trainval', 'upright'}
POINTS = OperatingPoints(0.5, 'drawn by hand', CURVE, Confidence(0.5, -1.0), frames=20)


def test_threshold_of_a_budget():
    refusal = r'no threshold keeps 0\.001/pixel on drawn by hand; .* has 0\.01 of all pixels'
    with pytest.raises(ValueError, match=refusal):
        POINTS.threshold_for('0.001/pixel')
    # 0.5 keeps 0.001, but a higher threshold does not.
    assert POINTS.threshold_for('0.02/pixel') == 0.5
    assert POINTS.threshold_for('0.2/pixel') == 0.1
    assert POINTS.threshold_for('0/frame') == POINTS.threshold_for('0.19/frame') == 0.9
    assert POINTS.threshold_for('0.2/frame') == 0.5
    # At two frames a second 7200 are an hour: 0.2 and 4 a frame are 1440 and 28800.
    for rate, threshold in (('1439/hour', 0.9), ('1440/hour', 0.5), ('28800/hour', 0.1)):
        assert POINTS.threshold_for(FalseAlarms.parse(rate, 2.0)) == threshold


def test_too_few_frames_are_told():
    # Of 20 frames without a false target 2.996 / 20 is the bound.
    assert POINTS.doubt('0.15/frame', 0.9) is None
    doubt = POINTS.doubt('0.01/frame', 0.9)
    assert '0 false targets in 20 frames' in doubt and 'shows 0.15 a frame or fewer' in doubt
    assert 'it needs 300 frames' in doubt
    # Of 4 in 20 it is 9.154 / 20.
    assert 'shows 0.458 a frame or fewer' in POINTS.doubt('0.2/frame', 0.5)
    assert POINTS.doubt('1e-9/pixel', 0.5) is None


def test_files_of_earlier_versions_know_no_false_targets(tmp_path):
    values = POINTS.to_dict()
    del values['frames'], values['curve']['FPPI']
    (tmp_path / 'old.json').write_text(json.dumps(values))
    old = OperatingPoints.load(tmp_path / 'old.json')
    assert (
        old.threshold_for('0.02/pixel') == 0.5 and old.outcome(0.5) == 'Pd 90.00 %, Fa 1000.00e-6'
    )
    with pytest.raises(ValueError, match=r'of an earlier version .* 0\.1/frame cannot be found'):
        old.threshold_for('0.1/frame')


def test_figures_at_a_threshold():
    assert POINTS.figures_at(0.7) == {'Pd': 0.9, 'FPPI': 0.2, 'Fa': 0.001}
    assert POINTS.figures_at(0.9) == {'Pd': 0.5, 'FPPI': 0.0, 'Fa': 0.01}
    assert POINTS.figures_at(0.05) == {'Pd': 1.0, 'FPPI': 4.0, 'Fa': 0.1}
    assert POINTS.outcome(0.5) == 'Pd 90.00 %, 0.2 false targets a frame, Fa 1000.00e-6'


def test_corners_keep_every_step():
    curve = {
        'threshold': [1, 2, 3, 4],
        'Pd': [1, 1, 1, 0],
        'Fa': [3, 3, 1, 1],
        'FPPI': [2, 2, 2, 2],
        'precision': [0] * 4,
    }
    kept = {'threshold': [1, 3, 4], 'Pd': [1, 1, 0], 'Fa': [3, 1, 1], 'FPPI': [2, 2, 2]}
    assert corners(curve) == kept
    # Without targets there is no Pd, which JSON could not hold either.
    curve['Pd'] = [math.nan] * 4
    assert corners(curve) == {'threshold': [1, 3], 'Fa': [3, 1], 'FPPI': [2, 2]}


def test_a_file_comes_back(tmp_path):
    POINTS.save(tmp_path / 'new' / 'weights.operating_points.json')
    assert OperatingPoints.beside(tmp_path / 'new' / 'weights.pth') == POINTS
    assert OperatingPoints.beside(tmp_path / 'weights.pth') is None


@pytest.mark.parametrize(
    'content',
    ['no JSON', '[1]', '{"threshold": 0.5}', json.dumps({**POINTS.to_dict(), 'threshold': 2}),
     json.dumps({**POINTS.to_dict(), 'curve': {'threshold': [1], 'Pd': [1], 'Fa': []}}),
     json.dumps({**POINTS.to_dict(), 'curve': {**CURVE, 'FPPI': [-1, 0, 0]}}),
     json.dumps({**POINTS.to_dict(), 'curve': {**CURVE, 'more': [1, 1, 1]}}),
     json.dumps({**POINTS.to_dict(), 'frames': 0})],
)  # fmt: skip
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / 'x.json').write_text(content)
    with pytest.raises(ValueError, match=r'x\.json" holds no operating points'):
        OperatingPoints.load(tmp_path / 'x.json')


def test_shipped_weights_have_theirs():
    weights = sorted((PACKAGE / 'weights').glob('*.pth'))
    assert len(weights) >= 4
    for file in weights:
        points = OperatingPoints.beside(file)
        words = set(re.split('[-_]', file.stem))
        # The network for frames of any camera keeps a rate; others have the field's threshold.
        kept = points.threshold_for('0.1/frame') if 'cameras' in words else 0.5
        assert points.threshold == kept
        # Not of what they were trained on: some were trained on train and val.
        assert ('SIRST-V2' in points.data) is bool((TRAINED_ON_VAL | {'cameras'}) & words)
        assert points.confidence(-3) < points.confidence(11)
        assert points.frames >= 63 and points.threshold_for('0.5/frame') < 1
