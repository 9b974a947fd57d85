"""Pictures of input, truth and prediction."""

import cv2
import numpy as np
import pytest

from mdp_plugin.imaging.drawing import FALSE, HIT, MISS
from mdp_plugin.imaging.grey_levels import GreyLevels
from mdp_plugin.visualization.prediction_panels import (
    draw_panels,
    make_sheet,
    match_masks,
    place_of_interest,
    read_levels,
)


def _mask(*places: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((64, 64), bool)
    for y, x in places:
        mask[y - 1 : y + 2, x - 1 : x + 2] = True
    return mask


def _has_near(panel: np.ndarray, colour: tuple[int, int, int], y: int, x: int) -> bool:
    """Whether a ring of the colour surrounds an image pixel (six times enlarged, below a bar)."""
    y, x = 26 + 6 * y, 6 * x
    part = panel[max(y - 60, 0) : y + 60, max(x - 60, 0) : x + 60]
    return bool((part == np.array(colour)).all(-1).any())


def test_hits_misses_and_false_alarms_are_marked():
    truth, pred = _mask((12, 12), (50, 12)), _mask((13, 12), (30, 50))
    match = match_masks(pred, truth)
    assert match.caption == '1 hit, 1 missed, 1 false'
    source, true, found = draw_panels(np.full((64, 64), 90, np.uint8), pred, truth)
    assert source.shape == true.shape == found.shape == (6 * 64 + 26, 6 * 64, 3)
    assert not any(_has_near(source, c, *p) for c in (HIT, MISS) for p in [(12, 12)])
    assert _has_near(true, HIT, 12, 12) and _has_near(true, MISS, 50, 12)
    assert _has_near(found, HIT, 13, 12) and not _has_near(found, MISS, 13, 12)
    assert _has_near(found, MISS, 50, 12) and not _has_near(found, HIT, 50, 12)
    assert _has_near(found, FALSE, 30, 50) and not _has_near(true, FALSE, 30, 50)


def test_three_pixels_off_is_a_miss_and_a_false_alarm():
    assert match_masks(_mask((15, 12)), _mask((12, 12))).caption == '0 hit, 1 missed, 1 false'
    assert match_masks(_mask((14, 12)), _mask((12, 12))).caption == '1 hit, 0 missed, 0 false'


def test_image_without_anything_can_be_drawn():
    empty = np.zeros((40, 70), bool)
    panels = draw_panels(np.zeros((40, 70), np.uint8), empty, empty)
    assert len({panel.shape for panel in panels}) == 1
    sheet = make_sheet([panels] * 3)
    assert sheet.shape == (2 * 206, 2 * 606, 3)


def test_inset_shows_the_missed_target():
    truth, pred = _mask((12, 12), (50, 50)), _mask((12, 12))
    assert place_of_interest(match_masks(pred, truth)) == pytest.approx((50, 50))
    assert place_of_interest(match_masks(truth, truth)) == pytest.approx((12, 12))
    assert place_of_interest(match_masks(pred, pred & False)) == pytest.approx((12, 12))
    assert place_of_interest(match_masks(pred & False, pred & False)) is None


def test_a_deep_image_is_shown_as_the_network_sees_it(tmp_path):
    path = tmp_path / 'deep.png'
    cv2.imwrite(str(path), np.linspace(3000, 3400, 64 * 64).reshape(64, 64).astype(np.uint16))
    shown = read_levels(str(path), (64, 64), GreyLevels())
    assert shown.dtype == np.uint8 and (shown.min(), shown.max()) == (47, 210)
    assert read_levels(str(path), (32, 48), GreyLevels()).shape == (32, 48)
    assert read_levels(str(path), (64, 64), GreyLevels(white_level=16383)).max() == 53
    with pytest.raises(OSError, match='cannot read the image'):
        read_levels(str(tmp_path / 'none.png'), (64, 64), GreyLevels())
