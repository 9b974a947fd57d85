import numpy as np

from mdp_plugin.imaging.resampling import (
    largest_of_cells,
    resize_image,
    resize_mask,
    resize_probability,
)


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


def test_probabilities_stay_within_0_and_1_and_are_not_copied_in_vain():
    probability = np.float32([[-1e-6, 1 + 1e-6], [-1e-6, 1 + 1e-6]])
    resized = resize_probability(probability, (5, 4))
    assert resized.shape == (4, 5) and resized.min() == 0 and resized.max() == 1
    assert resize_probability(probability, (2, 2)) is probability


def test_a_cell_is_its_largest_value():
    values = np.arange(35, dtype=np.float32).reshape(5, 7)
    expected = [[8, 10, 12, 13], [22, 24, 26, 27], [29, 31, 33, 34]]
    np.testing.assert_array_equal(largest_of_cells(values, 2), expected)
    np.testing.assert_array_equal(largest_of_cells(-values, 2), -values[::2, ::2])
