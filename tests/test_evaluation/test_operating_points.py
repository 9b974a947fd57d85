"""Operating points: thresholds of a budget, and files that hold something else."""

import json

import pytest

from mdp_plugin.evaluation.functional import Confidence
from mdp_plugin.evaluation.operating_points import OperatingPoints, corners
from mdp_plugin.project_files import PACKAGE

CURVE = {'threshold': [0.1, 0.5, 0.9], 'Pd': [1.0, 0.9, 0.5], 'Fa': [0.1, 0.001, 0.01]}
POINTS = OperatingPoints(0.5, 'drawn by hand', CURVE, Confidence(0.5, -1.0))


def test_threshold_of_a_budget():
    with pytest.raises(ValueError, match=r'no threshold keeps .* 0\.001; .* has 0\.01'):
        POINTS.threshold_for(0.001)
    # 0.5 keeps 0.001, but a higher threshold does not.
    assert POINTS.threshold_for(0.02) == 0.5
    assert POINTS.threshold_for(0.2) == 0.1


def test_figures_at_a_threshold():
    assert POINTS.figures_at(0.7) == (0.9, 0.001)
    assert POINTS.figures_at(0.9) == (0.5, 0.01)
    assert POINTS.figures_at(0.05) == (1.0, 0.1)


def test_corners_keep_every_step():
    curve = {
        'threshold': [1, 2, 3, 4],
        'Pd': [1, 1, 1, 0],
        'Fa': [3, 3, 1, 1],
        'precision': [0] * 4,
    }
    assert corners(curve) == {'threshold': [1, 3, 4], 'Pd': [1, 1, 0], 'Fa': [3, 1, 1]}


def test_a_file_comes_back(tmp_path):
    POINTS.save(tmp_path / 'new' / 'weights.operating_points.json')
    assert OperatingPoints.beside(tmp_path / 'new' / 'weights.pth') == POINTS
    assert OperatingPoints.beside(tmp_path / 'weights.pth') is None


@pytest.mark.parametrize(
    'content',
    ['no JSON', '[1]', '{"threshold": 0.5}', json.dumps({**POINTS.to_dict(), 'threshold': 2}),
     json.dumps({**POINTS.to_dict(), 'curve': {'threshold': [1], 'Pd': [1], 'Fa': []}})],
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
        assert points.threshold == 0.5 and 'val' in points.data
        assert points.confidence(-3) < points.confidence(11)
