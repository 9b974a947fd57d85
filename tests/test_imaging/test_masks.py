import numpy as np
import pytest
from scipy import ndimage

from mdp_plugin.imaging.masks import binary_mask, label_targets


def test_deeper_masks_are_cut_at_half_of_their_white():
    for white in (255, 4095, 65535):
        mask = (np.array([[0, 0.4, 0.6, 1]]) * white).astype(np.uint16)
        np.testing.assert_array_equal(binary_mask(mask), [[False, False, True, True]])
        np.testing.assert_array_equal(binary_mask(mask / np.float32(white)), binary_mask(mask))


@pytest.mark.parametrize('value', [-1.0, float('nan')])
def test_values_that_no_mask_has_are_refused(value):
    with pytest.raises(ValueError, match='a mask holds values of 0 and more'):
        binary_mask(np.array([[0, value]]))


def test_labels_and_boxes_equal_those_of_scipy():
    rng = np.random.default_rng(1)
    mask = (rng.random((50, 70)) < 0.05).astype(np.uint8)
    labels, boxes = label_targets(mask)
    expected, number = ndimage.label(mask, structure=np.ones((3, 3)))
    assert labels.max() == number == len(boxes) > 10
    np.testing.assert_array_equal(labels > 0, mask > 0)
    for index, (x, y, w, h) in enumerate(boxes, start=1):
        own = labels == index
        assert len(np.unique(expected[own])) == 1
        rows, columns = np.nonzero(own)
        assert (x, y) == (columns.min(), rows.min())
        assert (w, h) == (np.ptp(columns) + 1, np.ptp(rows) + 1)


def test_a_mask_without_targets_has_no_boxes():
    labels, boxes = label_targets(np.zeros((9, 11), np.uint8))
    assert labels.shape == (9, 11) and not labels.any() and boxes.shape == (0, 4)


def test_views_of_any_stride_are_labelled():
    mask = np.zeros((8, 12), np.uint8)
    mask[1:3, 2:5] = 1
    _, boxes = label_targets(np.rot90(mask)[:, ::-1])
    assert boxes.tolist() == [[5, 7, 2, 3]]


def test_a_deep_mask_is_cut_at_the_threshold_in_255ths_of_its_white():
    mask = np.array([[0, 32639, 32640, 65535]], np.uint16)
    np.testing.assert_array_equal(binary_mask(mask), [[False, False, True, True]])


def test_an_image_without_pixels_has_a_mask_without_pixels():
    mask = binary_mask(np.zeros((0, 5), np.uint8))
    assert mask.shape == (0, 5) and mask.dtype == bool
