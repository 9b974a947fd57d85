"""Local signal-to-clutter ratio on scenes drawn by hand."""

import numpy as np
import pytest

from mdp_plugin.imaging.signal_to_clutter import background_window, signal_to_clutter


def test_ratio_on_a_checkerboard():
    image = np.indices((41, 41)).sum(0) % 2 * 4.0 + 10  # mean 12, standard deviation 2
    mask = np.zeros((41, 41), bool)
    mask[20:22, 20:22] = True
    image[mask] = 42.0
    assert signal_to_clutter(image, mask) == pytest.approx((42 - 12) / 2)


def test_window_is_clipped_at_the_border_and_leaves_out_the_guard():
    mask = np.zeros((30, 40), bool)
    mask[0, 0] = True
    window, background = background_window(mask)
    assert window == (slice(0, 11), slice(0, 11))
    assert background.shape == (11, 11)
    assert not background[:3, :3].any()
    assert background.sum() == 11 * 11 - 3 * 3


def test_window_and_background_of_a_target_that_is_wider_than_high():
    mask = np.zeros((40, 60), bool)
    mask[12:14, 25:29] = True
    window, background = background_window(mask)
    assert window == (slice(2, 24), slice(15, 39))
    expected = np.ones((40, 60), bool)
    expected[10:16, 23:31] = False
    np.testing.assert_array_equal(background, expected[window])


def test_flat_background_gives_infinity():
    image = np.zeros((30, 30))
    mask = np.zeros((30, 30), bool)
    mask[10:12, 10:12] = True
    image[mask] = 1
    assert signal_to_clutter(image, mask) == np.inf
