"""Counts at all thresholds against one threshold at a time; AUC and AP against the oracle."""

import math

import irstd_oracle as oracle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.ndimage import gaussian_filter

from mdp_plugin.evaluation.functional import (
    PixelCurve,
    average_precision,
    count_pixel_curve,
    count_pixels,
    count_target_curve,
    count_targets,
    curve_thresholds,
    pareto_front,
    probability_levels,
    roc_auc,
)

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=10)
FEW = np.array([0.1, 0.25, 0.5, 0.75, 0.9], np.float32)


def test_thresholds():
    thresholds = curve_thresholds()
    assert thresholds.dtype == np.float32
    assert len(thresholds) == 239  # 199 even ones between 0 and 1, and 20 at either end
    assert (np.diff(thresholds) > 0).all()
    assert thresholds[0] == np.float32(1e-6)
    assert thresholds[-1] == np.float32(1 - 1e-6)
    assert np.float32(0.5) in thresholds
    for steps in (1, 10001):
        with pytest.raises(ValueError, match='num_steps'):
            curve_thresholds(steps)


def test_levels_are_strict_comparisons():
    score = np.array([[0, 0.1, 0.1000001], [0.5, 0.75, 1]], np.float32)
    levels = probability_levels(score, FEW)
    assert levels.tolist() == [[0, 0, 1], [2, 3, 5]]
    for k, threshold in enumerate(FEW):
        assert ((levels > k) == (score > threshold)).all()


@settings(max_examples=100, deadline=None)
@given(st.data(), SHAPES, st.sampled_from([4, 8]), st.sampled_from(['nearest', 'reference']))
def test_curves_equal_the_oracle_at_every_threshold(data, shape, connectivity, matching):
    score = data.draw(arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    target = data.draw(arrays(bool, shape))
    levels = probability_levels(score, FEW)
    pixels = count_pixel_curve(levels, target, len(FEW))
    targets = count_target_curve(levels, target, len(FEW), connectivity, 3.0, matching)
    for k, threshold in enumerate(FEW):
        pred = score > threshold
        assert (pixels.tp[k], pixels.fp[k]) == oracle.pixel_counts(pred, target)[:2]
        expected = oracle.target_counts(pred, target, connectivity, 3.0, matching)
        got = targets.num_detected[k], targets.num_false[k], targets.false_pixels[k]
        assert got == expected[1:4]


@pytest.mark.parametrize('connectivity', [4, 8])
@pytest.mark.parametrize('matching', ['nearest', 'reference'])
def test_curves_equal_one_threshold_at_a_time(connectivity, matching):
    """All 239 thresholds on maps with many contested targets."""
    rng = np.random.default_rng(3)
    thresholds = curve_thresholds()
    detected = 0
    for _ in range(4):
        noise = gaussian_filter(rng.normal(size=(48, 40)), 1)
        score = (1 / (1 + np.exp(-20 * noise))).astype(np.float32)
        target = gaussian_filter(rng.normal(size=(48, 40)), 1) > 0.35
        levels = probability_levels(score, thresholds)
        pixels = count_pixel_curve(levels, target, len(thresholds))
        targets = count_target_curve(levels, target, len(thresholds), connectivity, 3.0, matching)
        for k, threshold in enumerate(thresholds):
            pred = score > threshold
            expected = count_targets(pred, target, connectivity, 3.0, matching)
            got = targets.num_detected[k], targets.num_false[k], targets.false_pixels[k]
            assert got == expected[1:4]
            assert (pixels.tp[k], pixels.fp[k]) == tuple(count_pixels(pred, target)[:2])
            detected += expected.num_detected
    assert detected > 500


def test_curve_of_an_empty_map():
    levels, target = np.zeros((5, 5), np.int64), np.eye(5, dtype=bool)
    assert np.stack(count_pixel_curve(levels, target, 3)).tolist() == [[0, 0, 0]] * 2
    assert np.stack(count_target_curve(levels, target, 3)).tolist() == [[0, 0, 0]] * 3


@settings(max_examples=100, deadline=None)
@given(st.data(), SHAPES)
def test_areas_equal_the_oracle(data, shape):
    levels = data.draw(arrays(np.int64, shape, elements=st.integers(0, 5)))
    target = data.draw(arrays(bool, shape))
    positive = int(target.sum())
    areas = count_pixel_curve(levels, target, 5), positive, target.size - positive
    if 0 < positive < target.size:
        assert roc_auc(*areas) == float(oracle.auc(levels, target))
    else:
        assert math.isnan(roc_auc(*areas))
    if positive:
        expected = float(oracle.average_precision(levels, target, 5))
        assert average_precision(*areas) == pytest.approx(expected, abs=1e-14)
    else:
        assert math.isnan(average_precision(*areas))


def test_areas_of_a_drawn_case():
    # two target pixels at levels 2 and 1, two background pixels at levels 1 and 0
    curve = PixelCurve(tp=np.array([2, 1]), fp=np.array([1, 0]))
    assert roc_auc(curve, 2, 2) == (1 + 1 + 1 + 1 / 2) / 4  # pairs: >, >, >, =
    assert average_precision(curve, 2, 2) == 1 / 2 * 1 + 1 / 2 * (2 / 3)


def test_tails_keep_the_area_honest():
    """Background at 1e-4 and targets at 1e-3: even steps of 1/200 could not tell them apart."""
    score = np.full((20, 20), 1e-4, np.float32)
    target = np.zeros((20, 20), bool)
    target[5, 5:7] = True
    score[target] = 1e-3
    thresholds = curve_thresholds()
    curve = count_pixel_curve(probability_levels(score, thresholds), target, len(thresholds))
    assert roc_auc(curve, 2, 398) == 1
    assert average_precision(curve, 2, 398) == 1


def test_pareto_front_leaves_out_what_another_threshold_beats():
    false_alarms = [9, 4, 5, 5, 1, 1, 0, 0]
    found = [0.8, 0.9, 0.9, 1.0, 0.5, 0.6, 0.0, 0.2]
    assert pareto_front(false_alarms, found) == [7, 5, 1, 3]
    assert pareto_front([1, 0], [math.nan, math.nan]) == []
    assert pareto_front([], []) == []


def test_pareto_front_rises():
    rng = np.random.default_rng(0)
    false_alarms, found = rng.integers(0, 30, (2, 400)).astype(float)
    front = pareto_front(false_alarms, found)
    kept = np.array([false_alarms[front], found[front]])
    assert (np.diff(kept) > 0).all()
    for rate, share in zip(false_alarms, found):
        assert ((kept[0] <= rate) & (kept[1] >= share)).any()
