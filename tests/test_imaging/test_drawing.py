import numpy as np
import pytest

from mdp_plugin.imaging.drawing import COLOUR, as_display_image, draw_boxes


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


def test_boxes_are_framed_at_a_distance_and_what_they_hold_is_untouched():
    grey = np.full((60, 60), 100, np.float32)
    grey[0, 0], grey[30:32, 30:33] = 0, 200
    picture = draw_boxes(grey, [(30, 30, 3, 2)], ['0.9'])
    assert picture.shape == (60, 60, 3) and picture.dtype == np.uint8
    assert (picture[25:37, 25] == COLOUR).all() and (picture[25, 25:38] == COLOUR).all()
    assert (picture[26:36, 26:37] == grey[26:36, 26:37, None]).all()
    assert (picture != draw_boxes(grey, [(30, 30, 3, 2)], [''])).any()
