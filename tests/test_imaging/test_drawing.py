import numpy as np
import pytest

from mdp_plugin.imaging.drawing import (
    COLOUR,
    FALSE,
    MISS,
    as_display_image,
    draw_boxes,
    enlarge,
    outline,
    ring,
    to_display,
    web_colour,
)
from mdp_plugin.imaging.grey_levels import GreyLevels


@pytest.mark.parametrize('shape', [(6, 5), (6, 5, 1), (6, 5, 3), (6, 5, 4)])
def test_images_get_three_channels(shape):
    image = np.full(shape, 7, np.uint8)
    shown = as_display_image(image)
    assert shown.shape == (6, 5, 3)
    assert (shown == 7).all()


def test_what_is_shown_is_what_a_network_sees():
    """Grey levels as they are, however little contrast they have, and counts as it gets them."""
    flat = np.linspace(100, 120, 64, dtype=np.float32).reshape(8, 8)
    shown = np.rint(flat).astype(np.uint8)
    np.testing.assert_array_equal(to_display(flat), shown)
    np.testing.assert_array_equal(as_display_image(flat)[..., 0], shown)
    np.testing.assert_array_equal(draw_boxes(flat, [], [])[..., 0], shown)
    beyond = np.array([[-3, 300], [np.nan, 255]], np.float32)
    assert to_display(beyond).tolist() == [[0, 255], [0, 255]]
    counts = np.linspace(1000, 5000, 64).reshape(8, 8).astype(np.uint16)
    np.testing.assert_array_equal(to_display(counts), np.rint(GreyLevels()(counts)))
    assert as_display_image(np.dstack([counts] * 3)).shape == (8, 8, 3)


def test_rings_and_outlines_surround_what_they_mark():
    region = np.zeros((30, 40), bool)
    region[12:15, 20:22] = True
    for factor in (1, 4):
        for mark, colour in ((ring, MISS), (outline, FALSE)):
            picture = np.zeros((30 * factor, 40 * factor, 3), np.uint8)
            mark(picture, region, colour, factor=factor)
            assert (picture == colour).all(-1).any()
            assert not picture[enlarge(region, factor)].any()
    assert web_colour(MISS) == '#ff4646'


def test_boxes_are_framed_at_a_distance_and_what_they_hold_is_untouched():
    grey = np.full((60, 60), 100, np.float32)
    grey[0, 0], grey[30:32, 30:33] = 0, 200
    picture = draw_boxes(grey, [(30, 30, 3, 2)], ['0.9'])
    assert picture.shape == (60, 60, 3) and picture.dtype == np.uint8
    assert (picture[25:37, 25] == COLOUR).all() and (picture[25, 25:38] == COLOUR).all()
    assert (picture[26:36, 26:37] == grey[26:36, 26:37, None]).all()
    assert (picture != draw_boxes(grey, [(30, 30, 3, 2)], [''])).any()
