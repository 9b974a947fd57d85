import cv2
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
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    shown = as_display_image(image)
    assert shown.shape == (6, 5, 3)
    coloured = image.ndim == 3 and image.shape[2] >= 3
    grey = image.reshape(6, 5, -1)[..., :1]
    np.testing.assert_array_equal(shown, image[..., :3] if coloured else np.dstack([grey] * 3))


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


@pytest.mark.parametrize('factor', [1, 3])
def test_a_ring_is_wider_by_a_few_pixels_than_what_it_marks(factor):
    region = np.zeros((60, 80), bool)
    region[30:34, 40:50] = True
    picture = np.zeros((60 * factor, 80 * factor, 3), np.uint8)
    ring(picture, region, (255, 255, 255), factor=factor)
    columns = np.flatnonzero(picture[32 * factor].any(-1))
    # Around column 45, with 0.7 x 10 + 5 pixels for the radius; the line is some 2 pixels wide.
    assert abs(columns[0] / factor - 33) <= 2 and abs(columns[-1] / factor - 57) <= 2


@pytest.mark.parametrize(
    ('box', 'left', 'bottom'),
    [
        ((40, 50, 3, 2), 35, 42),  # above the box, five pixels further left
        ((40, 20, 3, 2), 35, 38),  # below it where there is no room above
        ((60, 50, 10, 2), 35, 42),  # further left where there is no room on the right
        ((2, 21, 3, 2), 0, 13),
        ((67, 50, 2, 2), 62, 42),
        ((68, 50, 2, 2), 43, 42),
    ],
)
def test_labels_stay_in_the_picture(box, left, bottom):
    image = np.zeros((80, 100), np.uint8)
    plain, labelled = (draw_boxes(image, [box], [label]) for label in ('', '0.9'))
    rows, columns = np.nonzero((plain != labelled).any(-1))
    expected = np.zeros_like(plain)
    cv2.putText(
        expected, '0.9', (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 0.35, COLOUR, 1, cv2.LINE_AA
    )
    at = np.nonzero(expected.any(-1))
    assert (rows.max(), columns.min()) == (at[0].max(), at[1].min())


def test_boxes_are_framed_at_a_distance_and_what_they_hold_is_untouched():
    grey = np.full((60, 60), 100, np.float32)
    grey[0, 0], grey[30:32, 30:33] = 0, 200
    picture = draw_boxes(grey, [(30, 30, 3, 2)], ['0.9'])
    assert picture.shape == (60, 60, 3) and picture.dtype == np.uint8
    assert (picture[25:37, 25] == COLOUR).all() and (picture[25, 25:38] == COLOUR).all()
    assert (picture[26:36, 26:37] == grey[26:36, 26:37, None]).all()
    assert (picture != draw_boxes(grey, [(30, 30, 3, 2)], [''])).any()
