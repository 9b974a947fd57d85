import numpy as np
from scipy import ndimage

from mdp_plugin.datasets.transforms.geometry import label_targets, resize_image, resize_mask


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
    assert len(boxes) == 1


def test_doubling_repeats_every_mask_pixel():
    mask = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.testing.assert_array_equal(resize_mask(mask, (8, 6)), mask.repeat(2, 0).repeat(2, 1))


def test_a_third_of_the_size_keeps_the_middle_pixels():
    mask = np.arange(81, dtype=np.int32).reshape(9, 9)
    np.testing.assert_array_equal(resize_mask(mask, (3, 3)), mask[1::3, 1::3])


def test_a_ramp_is_resized_on_half_pixel_centres():
    ramp = np.tile(np.arange(20, dtype=np.float32), (4, 1))
    wide = resize_image(ramp, (40, 4))
    # Pixel i of the result lies at (i + 0.5) / 2 - 0.5 of the source.
    np.testing.assert_allclose(wide[0, 1:-1], (np.arange(1, 39) + 0.5) / 2 - 0.5, atol=1e-5)


def test_an_image_can_be_resized_as_masks_are():
    image = np.random.default_rng(0).integers(0, 256, (30, 41)).astype(np.uint8)
    for scale in ((64, 50), (20, 17), (41, 60)):
        np.testing.assert_array_equal(
            resize_image(image, scale, 'nearest'), resize_mask(image, scale)
        )
    assert not np.array_equal(resize_image(image, (64, 50)), resize_mask(image, (64, 50)))


def test_the_same_size_is_not_resampled():
    img = np.zeros((5, 6, 3), np.float32)
    assert resize_image(img, (6, 5)) is img
