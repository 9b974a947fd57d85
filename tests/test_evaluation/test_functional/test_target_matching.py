"""Components, matching and target-level counts on drawn masks and against the oracle."""

import math

import irstd_oracle as oracle
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mdp_plugin.evaluation.functional import (
    TargetCounts,
    count_targets,
    detection_probability,
    f1_score,
    false_alarm_rate,
    label_components,
    match_components,
    sum_target_counts,
)

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)
EMPTY, FULL = np.zeros((7, 7), bool), np.ones((7, 7), bool)
FRAME = FULL.copy()
FRAME[1:-1, 1:-1] = False
DIAGONAL = np.eye(7, dtype=bool)


@st.composite
def mask_pairs(draw):
    shape = draw(SHAPES)
    return draw(arrays(bool, shape)), draw(arrays(bool, shape))


@settings(max_examples=120, deadline=None)
@given(mask_pairs(), st.sampled_from([4, 8]), st.sampled_from(['nearest', 'reference']))
@example((EMPTY, EMPTY), 8, 'nearest')
@example((EMPTY, FULL), 8, 'nearest')
@example((FULL, EMPTY), 8, 'reference')
@example((FULL, FULL), 4, 'nearest')
@example((FRAME, FULL), 8, 'nearest')
@example((FRAME, DIAGONAL), 4, 'reference')
@example((DIAGONAL, DIAGONAL[::-1]), 4, 'nearest')
@example((DIAGONAL, DIAGONAL[::-1]), 8, 'nearest')
def test_counts_equal_the_oracle(masks, connectivity, matching):
    pred, target = masks
    expected = oracle.target_counts(pred, target, connectivity, 3.0, matching)
    assert tuple(count_targets(pred, target, connectivity, 3.0, matching)) == expected


@pytest.mark.parametrize('connectivity', [4, 8])
@pytest.mark.parametrize('matching', ['nearest', 'reference'])
def test_counts_equal_the_oracle_on_crowded_scenes(connectivity, matching):
    """Many small blobs, so that most targets have several components in reach."""
    rng = np.random.default_rng(connectivity)
    contested = 0
    for _ in range(25):
        pred, target = rng.random((2, 24, 24)) < rng.uniform(0.05, 0.3)
        for distance_thr in (1.0, 3.0, 6.5):
            got = count_targets(pred, target, connectivity, distance_thr, matching)
            expected = oracle.target_counts(pred, target, connectivity, distance_thr, matching)
            assert tuple(got) == expected
            contested += got.num_detected < min(got.num_targets, got.num_detected + got.num_false)
    assert contested > 20  # the scenes do make the matching choose


@settings(max_examples=100, deadline=None)
@given(arrays(bool, SHAPES), st.sampled_from([4, 8]))
def test_components_come_in_scan_order(mask, connectivity):
    parts = label_components(mask, connectivity)
    expected = oracle.components(mask, connectivity)
    assert parts.areas.tolist() == [len(part) for part in expected]
    assert [tuple(c) for c in parts.centroids.tolist()] == [oracle.centroid(p) for p in expected]
    for index, part in enumerate(expected):
        assert [tuple(p) for p in np.argwhere(parts.labels == index + 1).tolist()] == part


def test_drawn_case():
    target = np.zeros((20, 20), bool)
    target[2:4, 2:5] = True  # area 6, centroid (5/2, 3)
    target[10, 10] = True
    pred = np.zeros((20, 20), bool)
    pred[2:4, 3:5] = True  # centroid (5/2, 7/2): detects the first
    pred[10, 14] = True  # 4 pixels from the second: a miss and a false alarm
    pred[18:20, 18:20] = True  # area 4, as large as the matched one
    counts = count_targets(pred, target)
    assert counts == TargetCounts(2, 1, 2, 5, 1)
    assert detection_probability(counts.num_detected, counts.num_targets) == 1 / 2
    assert false_alarm_rate(counts.false_pixels, pred.size) == 5 / 400
    # the area-value rule drops the false component of 4 pixels and keeps the one of 1
    assert false_alarm_rate(counts.same_area_false_pixels, pred.size) == 1 / 400
    assert f1_score(1, 2, 1) == 2 / 5


def test_distance_limit_is_exclusive():
    target, pred = np.zeros((2, 9, 9), bool)
    target[4, 1] = pred[4, 4] = True  # exactly 3 pixels
    assert count_targets(pred, target).num_detected == 0
    assert count_targets(pred, target, distance_thr=3.001).num_detected == 1
    pred[4, 3] = True  # now (4, 7/2): 5/2 pixels
    assert count_targets(pred, target).num_detected == 1


def test_connectivity_decides_about_corners():
    target = np.zeros((12, 12), bool)
    target[2, 2] = target[3, 3] = True
    assert count_targets(EMPTY, EMPTY).num_targets == 0
    assert count_targets(target, target, connectivity=8) == TargetCounts(1, 1, 0, 0, 0)
    assert count_targets(target, target, connectivity=4) == TargetCounts(2, 2, 0, 0, 0)


def test_matched_component_costs_nothing_however_large():
    target = np.zeros((21, 21), bool)
    target[10, 10] = True
    pred = np.ones((21, 21), bool)  # centroid (10, 10)
    assert count_targets(pred, target) == TargetCounts(1, 1, 0, 0, 0)


def test_one_component_detects_one_target():
    target = np.zeros((9, 9), bool)
    target[4, 2] = target[4, 6] = True
    pred = np.zeros((9, 9), bool)
    pred[4, 2:7] = True  # centroid (4, 4), 2 pixels from both
    assert count_targets(pred, target) == TargetCounts(2, 1, 0, 0, 0)


def test_orders_differ_where_a_worse_component_comes_first():
    target = np.zeros((12, 12), bool)
    target[5, 5] = True
    pred = np.zeros((12, 12), bool)
    pred[3, 4:7] = True  # area 3, distance 2, first in scan order
    pred[5, 5] = True  # area 1, distance 0
    assert count_targets(pred, target, matching='nearest') == TargetCounts(1, 1, 1, 3, 3)
    assert count_targets(pred, target, matching='reference') == TargetCounts(1, 1, 1, 1, 1)


def test_nearest_pair_first_is_decided_over_all_pairs():
    target = np.zeros((3, 16), bool)
    target[1, 2] = target[1, 6] = True
    pred = np.zeros((3, 16), bool)
    pred[1, 4] = pred[1, 8] = True  # distances 2 and 6; 2 and 2
    for matching in ('nearest', 'reference'):  # ties go to the first target in scan order
        parts = label_components(pred), label_components(target)
        assert sorted(match_components(*parts, 3.0, matching)) == [(0, 0), (1, 1)]
    pred[1, 5] = True  # first component now (1, 9/2): 5/2 from target 0, 3/2 from target 1
    parts = label_components(pred), label_components(target)
    assert match_components(*parts, 3.0, 'nearest') == [(0, 1)]
    assert match_components(*parts, 3.0, 'reference') == [(0, 0), (1, 1)]


def test_sums_and_undefined_rates():
    one = TargetCounts(1, 1, 2, 7, 3)
    assert sum_target_counts([one, one]) == TargetCounts(2, 2, 4, 14, 6)
    assert sum_target_counts([]) == TargetCounts(0, 0, 0, 0, 0)
    assert math.isnan(detection_probability(0, 0))
    assert math.isnan(false_alarm_rate(0, 0))


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(connectivity=6), 'connectivity'),
        (dict(distance_thr=0), 'distance_thr'),
        (dict(distance_thr=float('nan')), 'distance_thr'),
        (dict(matching='hungarian'), 'matching'),
    ],
)
def test_unknown_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        count_targets(EMPTY, EMPTY, **options)
