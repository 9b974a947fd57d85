import cv2
import numpy as np
import pytest
from mmseg.registry import TRANSFORMS

from mdp_plugin.imaging.grey_levels import GreyLevels

LOADER = dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2')
LEVELS = np.arange(40 * 48).reshape(40, 48) % 256


def grey(img, **kwargs):
    transform = TRANSFORMS.build(dict(type='ToGrayscale', **kwargs))
    return transform(dict(img=img, img_path='x.png'))['img']


@pytest.mark.parametrize(
    ('suffix', 'kind'),
    [
        *((suffix, kind) for suffix in ('.png', '.bmp', '.tif') for kind in ('grey', 'colour')),
        *((suffix, 'alpha') for suffix in ('.png', '.tif')),
    ],
)
def test_equal_channels_give_the_level_itself(tmp_path, write_image, suffix, kind):
    level = LEVELS.astype(np.uint8)
    alpha = np.full_like(level, 17)
    planes = dict(grey=[level], colour=[level] * 3, alpha=[level] * 3 + [alpha])[kind]
    path = write_image(tmp_path / f'a{suffix}', cv2.merge(planes))
    loaded = TRANSFORMS.build(LOADER)(dict(img_path=str(path)))['img']
    result = grey(loaded)
    assert result.dtype == np.float32 and result.shape == (40, 48)
    np.testing.assert_allclose(result, LEVELS, atol=1e-3)


@pytest.mark.parametrize('channels', [1, 3])
@pytest.mark.parametrize('suffix', ['.png', '.tif'])
def test_sixteen_bits_keep_their_depth(tmp_path, write_image, suffix, channels):
    counts = (np.arange(40 * 48).reshape(40, 48) * 34).astype(np.uint16)
    path = write_image(tmp_path / f'a{suffix}', cv2.merge([counts] * channels))
    loaded = TRANSFORMS.build(LOADER)(dict(img_path=str(path)))['img']
    assert loaded.dtype == np.uint16
    result = grey(loaded, levels='full')
    np.testing.assert_allclose(result, counts / 257, atol=1e-3)
    assert len(np.unique(result)) == 40 * 48


def test_the_white_level_of_a_14_bit_camera():
    np.testing.assert_allclose(
        grey(np.array([[0, 8191, 16383]], np.uint16), white_level=16383),
        [[0, 127.492, 255]],
        atol=1e-3,
    )


def test_palette_images_are_looked_up(tmp_path):
    from PIL import Image

    image = Image.fromarray((LEVELS % 4).astype(np.uint8), mode='P')
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 9, 9, 9])
    image.save(tmp_path / 'a.png')
    loaded = TRANSFORMS.build(LOADER)(dict(img_path=str(tmp_path / 'a.png')))['img']
    expected = np.array([0, 0.299 * 255, 0.587 * 255, 9])[LEVELS % 4]
    np.testing.assert_allclose(grey(loaded), expected, atol=1e-2)


def test_jpeg_is_read(tmp_path, write_image):
    path = write_image(tmp_path / 'a.jpg', np.full((40, 48, 3), 77, np.uint8))
    loaded = TRANSFORMS.build(LOADER)(dict(img_path=str(path)))['img']
    np.testing.assert_allclose(grey(loaded), 77, atol=1)


def test_luma_is_that_of_bt601_without_rounding():
    bgr = np.array([[[10, 20, 31]]], np.uint8)
    expected = 0.114 * 10 + 0.587 * 20 + 0.299 * 31
    np.testing.assert_allclose(grey(bgr), [[expected]], atol=1e-4)


@pytest.mark.parametrize(
    ('img', 'expected'),
    [
        (np.full((2, 3, 1), 5, np.uint8), 5),
        (np.dstack([np.full((2, 3), 5), np.full((2, 3), 99)]).astype(np.uint8), 5),
        (np.ones((2, 3), bool), 255),
    ],
    ids=['one channel', 'grey and alpha', 'bool'],
)
def test_arrays_of_other_kinds(img, expected):
    result = grey(img)
    assert result.shape == (2, 3) and result.dtype == np.float32
    np.testing.assert_allclose(result, expected)


def test_three_channels_on_demand():
    result = grey(LEVELS.astype(np.uint8), out_channels=3)
    assert result.shape == (40, 48, 3)
    for channel in range(3):
        np.testing.assert_array_equal(result[..., channel], LEVELS)


def test_the_given_array_is_left_alone():
    img = LEVELS.astype(np.float32)
    result = grey(img, levels='full')
    result += 1
    np.testing.assert_array_equal(img, LEVELS)


def test_what_has_no_grey_level_is_refused():
    with pytest.raises(TypeError, match='x.png has dtype complex64'):
        grey(np.zeros((2, 3), np.complex64))
    with pytest.raises(TypeError, match=r'x.png has shape \(2, 3, 5\)'):
        grey(np.zeros((2, 3, 5), np.uint8))
    wrongs = [dict(out_channels=2), dict(white_level=0), dict(levels='all'), dict(stretch_prob=2)]
    wrongs += [dict(polarity='hot'), dict(invert_prob=-1)]
    for wrong in wrongs:
        with pytest.raises(ValueError, match='must be'):
            grey(np.zeros((2, 3), np.uint8), **wrong)


def test_black_hot_images_are_turned_over():
    image = LEVELS.astype(np.uint8)
    np.testing.assert_array_equal(grey(image, polarity='black-hot'), 255 - LEVELS)
    # Training draws it for networks that are to find both.
    step = TRANSFORMS.build(dict(type='ToGrayscale', invert_prob=0.5))
    np.random.seed(0)
    results = [step(dict(img=image))['img'] for _ in range(60)]
    turned = [np.array_equal(result, 255 - LEVELS) for result in results]
    assert 15 < sum(turned) < 45
    assert all(np.array_equal(result, LEVELS) for result in np.array(results)[np.invert(turned)])


def test_training_draws_what_detection_measures():
    """A share of the images of 8 bits is stretched, as frames of more bits are."""
    image = (100 + LEVELS // 8).astype(np.uint8)
    stretched = GreyLevels()(image.astype(np.uint16) * 64)
    step = TRANSFORMS.build(dict(type='ToGrayscale', stretch_prob=0.5))
    np.random.seed(0)
    count = 0
    for _ in range(60):
        result = step(dict(img=image))['img']
        is_stretched = not np.array_equal(result, image)
        np.testing.assert_allclose(result, stretched if is_stretched else image, atol=1e-3)
        count += is_stretched
    assert 15 < count < 45
    np.random.seed(0)
    grey(image)
    drawn = np.random.rand()
    np.random.seed(0)
    assert drawn == np.random.rand(), 'trainings of before draw the same'
