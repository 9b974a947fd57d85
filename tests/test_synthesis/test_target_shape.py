"""Point-spread images."""

import numpy as np
import pytest

from mdp_plugin.synthesis.target_shape import TARGET_SHAPES, Lobe, render_target


def _centroid(patch: np.ndarray, top: int, left: int) -> tuple[float, float]:
    rows, columns = np.indices(patch.shape)
    total = patch.sum()
    return (patch * (rows + top)).sum() / total, (patch * (columns + left)).sum() / total


@pytest.mark.parametrize('shape', ['point', 'aircraft', 'ship'])
def test_radiance_is_centred_on_the_requested_sub_pixel_position(shape):
    rng = np.random.default_rng(0)
    for _ in range(20):
        y, x = rng.uniform(40, 60, 2)
        lobes = TARGET_SHAPES[shape](rng, float(rng.uniform(0.9, 2.5)))
        assert _centroid(*render_target(lobes, y, x)) == pytest.approx((y, x), abs=0.01)


def test_airy_pattern_has_its_core_at_the_position_and_a_ring():
    patch, top, left = render_target([Lobe(0, 0, 2.0, 2.0, 0.0, 1.0, airy=True)], 30.25, 30.75)
    assert (30 - top, 31 - left) == np.unravel_index(patch.argmax(), patch.shape)
    line, _, _ = render_target([Lobe(0, 0, 2.0, 2.0, 0.0, 1.0, airy=True)], 30, 30)
    row = line[line.shape[0] // 2, line.shape[1] // 2 :]
    # First dark ring at 3.832 / 1.61634 * 1.17741 = 2.79 sigma = 5.6 pixels, then a faint one.
    assert np.argmin(row[:8]) in (5, 6)
    assert 0.005 < row[7:].max() < 0.03


def test_gaussian_is_integrated_over_the_pixels():
    patch, _, _ = render_target([Lobe(0, 0, 1.0, 1.0, 0.0, 1.0)], 10, 10)
    from scipy.special import erf

    edges = np.arange(-0.5, 3.0)
    line = np.diff(erf(edges / np.sqrt(2)))
    middle = patch.shape[0] // 2
    assert patch[middle, middle : middle + 3] == pytest.approx(line / line[0], abs=0.01)


def test_ships_lie_level_and_are_longer_than_high():
    rng = np.random.default_rng(1)
    for _ in range(10):
        patch, _, _ = render_target(TARGET_SHAPES['ship'](rng, 1.5), 50, 50)
        rows, columns = np.nonzero(patch >= 0.25)
        assert np.ptp(columns) > 1.3 * np.ptp(rows)


def test_lobe_off_the_middle_does_not_move_the_centroid():
    lobes = [Lobe(0, 0, 2, 1, 0.4, 1.0), Lobe(-1.5, 2.0, 1, 1, 0.0, 0.9)]
    assert _centroid(*render_target(lobes, 20.3, 31.8)) == pytest.approx((20.3, 31.8), abs=0.01)
