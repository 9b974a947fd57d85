import numpy as np
import pytest
from mmseg.registry import TRANSFORMS
from scipy import ndimage

OFF = dict(blur_prob=0, row_noise_prob=0, hot_pixels_prob=0, jpeg_prob=0)


def degrade(img, seed=0, **kwargs):
    np.random.seed(seed)
    return TRANSFORMS.build(dict(type='RandomDegradation', **{**OFF, **kwargs}))(dict(img=img))[
        'img'
    ]


@pytest.fixture
def img():
    return np.random.default_rng(0).uniform(80, 160, (64, 96)).astype(np.float32)


def test_nothing_on_nothing_changes(img):
    assert degrade(img) is img


def test_the_blur_is_gaussian_and_moves_nothing():
    point = np.zeros((33, 33), np.float32)
    point[16, 16] = 200
    blurred = degrade(point, blur=(1, 1), blur_prob=1)
    assert ndimage.center_of_mass(blurred) == pytest.approx((16, 16), abs=1e-3)
    assert blurred[16, 16] == pytest.approx(200 / (2 * np.pi), rel=0.05)
    assert point[16, 16] == 200  # the array given in is left alone


def test_rows_or_columns_get_one_offset_each(img):
    axes = set()
    for seed in range(10):
        change = degrade(img, seed, row_noise=(3, 3), row_noise_prob=1) - img
        axis = int(change.std(axis=0).max() < 1e-3)
        assert change.std(axis=1 - axis).max() < 1e-3
        assert 2 < change.std() < 4.2
        axes.add(axis)
    assert axes == {0, 1}


def test_hot_or_dead_pixels_are_single_pixels(img):
    signs = set()
    for seed in range(10):
        change = degrade(img, seed, hot_pixels=(5, 5), hot_pixels_prob=1) - img
        changed = np.flatnonzero(np.abs(change) > 1e-3)
        assert 3 <= len(changed) <= 5
        assert np.abs(change.flat[changed]).min() >= 39
        signs |= set(np.sign(change.flat[changed]))
    assert signs == {-1, 1}


def test_jpeg_costs_detail_by_its_quality(img):
    errors = [
        np.abs(degrade(img, jpeg_quality=(q, q), jpeg_prob=1) - img).mean() for q in (95, 50, 10)
    ]
    assert 0.2 < errors[0] < errors[1] < errors[2] < 30


def test_every_channel_gets_the_same(img):
    every = dict(blur_prob=1, row_noise_prob=1, hot_pixels_prob=1, jpeg_prob=1)
    colour = degrade(np.stack([img] * 3, -1), **every)
    assert colour.shape == (64, 96, 3) and colour.dtype == np.float32
    np.testing.assert_array_equal(colour[..., 1], degrade(img, **every))
    assert colour.min() >= 0 and colour.max() <= 255


def test_probabilities():
    img = np.full((32, 32), 100, np.float32)
    transform = TRANSFORMS.build(dict(type='RandomDegradation', **{**OFF, 'hot_pixels_prob': 0.25}))
    np.random.seed(0)
    changed = sum(transform(dict(img=img))['img'] is not img for _ in range(800))
    assert 160 < changed < 240


@pytest.mark.parametrize(
    'options',
    [dict(blur=(1, 0.5)), dict(jpeg_quality=(0, 50)), dict(hot_pixels=(1,)), dict(jpeg_prob=2)],
)
def test_bad_options_are_named(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        degrade(np.zeros((8, 8), np.float32), **options)
