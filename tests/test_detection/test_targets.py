"""Targets of maps drawn by hand."""

import numpy as np
import pytest

from mdp_plugin.detection.targets import Target, find_targets
from mdp_plugin.evaluation.functional import Confidence
from mdp_plugin.imaging.signal_to_clutter import signal_to_clutter


def test_centroid_is_weighted_by_probability():
    probability = np.zeros((40, 50), np.float32)
    probability[10, 20:22] = 0.6, 0.9
    probability[11, 22] = 1.0  # touches at a corner: the same target
    probability[30, 49] = 0.75
    probability[5, 5] = 0.5  # not above the threshold
    first, second = find_targets(probability)
    assert first.box == (20, 10, 3, 2) and first.area == 3
    assert first.x == pytest.approx((20 * 0.6 + 21 * 0.9 + 22 * 1.0) / 2.5)
    assert first.y == pytest.approx((10 * 1.5 + 11 * 1.0) / 2.5)
    assert first.peak == 1.0 and first.mean == pytest.approx(2.5 / 3)
    assert second == Target(x=49.0, y=30.0, box=(49, 30, 1, 1), area=1, peak=0.75, mean=0.75)
    assert find_targets(probability, 0.95)[0].box == (22, 11, 1, 1)


def test_a_neighbour_inside_the_box_does_not_count():
    probability = np.zeros((9, 9), np.float32)
    probability[0, :] = probability[:, 0] = 0.8
    probability[4, 4] = 0.9
    angle, dot = find_targets(probability)
    assert angle.area == 17 and angle.peak == pytest.approx(0.8)
    assert (dot.x, dot.y, dot.area) == (4, 4, 1)


def test_empty_and_wrong_maps():
    assert find_targets(np.zeros((32, 32), np.float32)) == []
    assert find_targets(np.full((1, 1), 0.7, np.float32))[0].area == 1
    with pytest.raises(ValueError, match=r'\(H, W\)'):
        find_targets(np.zeros((1, 32, 32), np.float32))


def test_parts_are_those_of_the_metric():
    """Labelling part by part finds what labelling the whole map finds."""
    from mdp_plugin.evaluation.functional import label_components

    rng = np.random.default_rng(0)
    for density in (0.02, 0.2, 0.45):
        for _ in range(20):
            probability = (rng.random((30, 40)) < density) * rng.uniform(0.6, 1, (30, 40))
            probability = probability.astype(np.float32)
            expected = label_components(probability > 0.5)
            found = find_targets(probability)
            assert sorted(t.area for t in found) == sorted(expected.areas.tolist())
            assert sum(t.mean * t.area for t in found) == pytest.approx(probability.sum(), rel=1e-5)


def test_confidence_is_of_the_mean_log_odds():
    probability = np.zeros((20, 20), np.float32)
    probability[4, 4] = 0.8
    probability[5, 5] = 0.9  # touches at a corner
    probability[5, 4] = 0.3  # inside the box, not of the target
    (target,) = find_targets(probability, 0.5, confidence=Confidence(0.5, -1.0))
    odds = np.log([4.0, 9.0]).mean()
    assert target.confidence == pytest.approx(1 / (1 + np.exp(1 - odds / 2)), rel=1e-5)


def test_the_ratio_to_the_clutter_is_that_of_the_target_s_own_pixels():
    image = np.random.default_rng(0).normal(100, 5, (60, 70)).astype(np.float32)
    probability = np.zeros((60, 70), np.float32)
    for pixels in (np.s_[0:2, 0:3], np.s_[30:33, 40:44], np.s_[36:38, 45:47]):
        probability[pixels] = 0.9
        image[pixels] += 60
    for target in find_targets(probability, image=image):
        x, y, width, height = target.box
        own = np.zeros(image.shape, bool)
        own[y : y + height, x : x + width] = True
        assert target.scr == pytest.approx(signal_to_clutter(image, own)) and target.scr > 3
