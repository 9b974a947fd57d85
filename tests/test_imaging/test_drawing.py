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


@pytest.mark.parametrize('shape', [(6, 5), (6, 5, 1), (6, 5, 3), (6, 5, 4)])
def test_images_get_three_channels(shape):
    image = np.full(shape, 7, np.uint8)
    shown = as_display_image(image)
    assert shown.shape == (6, 5, 3)
    assert (shown == 7).all()


def test_deep_images_are_stretched():
    image = np.array([[1000, 2000], [3000, 5000]], np.uint16)
    assert as_display_image(image)[..., 0].tolist() == [[0, 64], [128, 255]]
    assert as_display_image(np.full((2, 2), 9.0)).tolist() == [[[0] * 3] * 2] * 2


def test_all_drawers_show_the_same_grey():
    """What uses most of 0..255 is shown as it is, whatever its type; the rest is stretched."""
    rich = np.linspace(0, 200, 64).reshape(8, 8).astype(np.uint8)
    flat = (100 + rich // 10).astype(np.float32)
    for kind in (np.float32, np.uint16, np.int64):
        np.testing.assert_array_equal(to_display(rich.astype(kind)), rich)
    for levels in (flat, flat * 200, -flat):
        shown = to_display(levels)
        assert (shown.min(), shown.max()) == (0, 255)
        np.testing.assert_array_equal(as_display_image(levels)[..., 0], shown)
        np.testing.assert_array_equal(draw_boxes(levels, [], [])[..., 0], shown)


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
