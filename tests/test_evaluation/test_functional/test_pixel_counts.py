"""Pixel-level counts and figures on drawn masks and against the oracle."""

import math
import random

import irstd_oracle as oracle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mdp_plugin.evaluation.functional import (
    PixelCounts,
    count_pixels,
    f1_score,
    intersection_over_union,
    normalized_iou,
    precision,
    recall,
    sum_pixel_counts,
)

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9)


@settings(max_examples=150, deadline=None)
@given(st.data(), SHAPES)
def test_counts_equal_the_oracle(data, shape):
    pred = data.draw(arrays(bool, shape))
    target = data.draw(arrays(bool, shape))
    assert tuple(count_pixels(pred, target)) == oracle.pixel_counts(pred, target)


def test_drawn_case():
    # truth: a 2x3 block; prediction: the same shifted by one column, and one pixel far off
    target = np.zeros((6, 8), bool)
    target[1:3, 1:4] = True
    pred = np.zeros((6, 8), bool)
    pred[1:3, 2:5] = True
    pred[5, 7] = True
    counts = count_pixels(pred, target)
    assert counts == PixelCounts(tp=4, fp=3, fn=2, num_pixels=48)
    assert intersection_over_union(counts) == 4 / 9
    assert precision(counts) == 4 / 7
    assert recall(counts) == 4 / 6
    assert f1_score(counts.tp, counts.fp, counts.fn) == 8 / 13


def test_iou_sums_over_the_set_and_niou_averages_over_images():
    counts = [PixelCounts(1, 1, 2, 100), PixelCounts(9, 0, 1, 100)]
    assert intersection_over_union(sum_pixel_counts(counts)) == 10 / 14
    assert normalized_iou(counts) == (1 / 4 + 9 / 10) / 2


@pytest.mark.parametrize(
    ('rule', 'expected'),
    [('one', (1 / 2 + 1 + 0) / 3), ('zero', (1 / 2 + 0 + 0) / 3), ('skip', 1 / 2)],
)
def test_what_images_without_target_count_in_niou(rule, expected):
    counts = [
        PixelCounts(1, 1, 0, 9),
        PixelCounts(0, 0, 0, 9),  # nothing there, nothing predicted
        PixelCounts(0, 5, 0, 9),  # nothing there, false alarm
    ]
    assert normalized_iou(counts, rule) == expected


def test_order_of_images_does_not_change_the_last_bit_of_niou():
    shuffled = [PixelCounts(i % 7, i % 5, i % 11 + 1, 100) for i in range(999)]
    expected = normalized_iou(shuffled)
    for seed in range(5):
        random.Random(seed).shuffle(shuffled)
        assert normalized_iou(shuffled) == expected


def test_nothing_out_of_nothing_is_undefined():
    nothing = PixelCounts(0, 0, 0, 9)
    for figure in (intersection_over_union, precision, recall):
        assert math.isnan(figure(nothing))
    assert math.isnan(f1_score(0, 0, 0))
    assert math.isnan(normalized_iou([]))
    assert math.isnan(normalized_iou([nothing], 'skip'))
    assert sum_pixel_counts([]) == PixelCounts(0, 0, 0, 0)


def test_as_many_errors_as_hits_are_not_nothing():
    half = PixelCounts(5, 5, 5, 9)
    assert precision(half) == recall(half) == 0.5
    for rule in ('one', 'zero', 'skip'):
        assert normalized_iou([half], rule) == intersection_over_union(half) == 1 / 3


def test_a_network_that_predicts_nothing_has_precision_zero():
    silent = PixelCounts(0, 0, 4, 9)
    assert precision(silent) == recall(silent) == intersection_over_union(silent) == 0


@pytest.mark.parametrize(
    ('pred', 'target', 'error', 'words'),
    [
        (np.zeros((2, 2), np.uint8), np.zeros((2, 2), bool), TypeError, 'pred must be a boolean'),
        (np.zeros((2, 2), bool), np.zeros((2, 2), np.int64), TypeError, 'target must be a boolean'),
        (np.zeros((1, 2, 2), bool), np.zeros((1, 2, 2), bool), ValueError, r'must be \(H, W\)'),
        (np.zeros((2, 2), bool), np.zeros((2, 3), bool), ValueError, r'pred is \(2, 2\)'),
    ],
)
def test_other_masks_are_refused(pred, target, error, words):
    with pytest.raises(error, match=words):
        count_pixels(pred, target)


def test_unknown_rule_is_refused():
    with pytest.raises(ValueError, match='empty_image'):
        normalized_iou([], 'half')
