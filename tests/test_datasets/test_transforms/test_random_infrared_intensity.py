import numpy as np
import pytest
from mmseg.registry import TRANSFORMS

OFF = dict(gain=None, offset=None, noise=None, gamma=None, noise_prob=1.0, gamma_prob=1.0)


def change(img, **kwargs):
    transform = TRANSFORMS.build(dict(type='RandomInfraredIntensity', **{**OFF, **kwargs}))
    return transform(dict(img=img))['img']


@pytest.fixture
def img():
    return np.random.default_rng(0).uniform(80, 160, (64, 64)).astype(np.float32)


def test_nothing_on_nothing_changes(img):
    np.testing.assert_allclose(change(img), img, atol=1e-4)


def test_gain_acts_about_the_mean(img):
    result = change(img, gain=(0.5, 0.5))
    np.testing.assert_allclose(result, img.mean() + 0.5 * (img - img.mean()), atol=1e-3)


def test_offset_moves_the_level(img):
    np.testing.assert_allclose(change(img, offset=(-7, -7)), img - 7, atol=1e-3)


def test_gamma_bends_the_tone(img):
    expected = 255 * (img / 255) ** 1.3
    np.testing.assert_allclose(change(img, gamma=(1.3, 1.3)), expected, rtol=1e-4)


def test_noise_is_white_and_of_the_given_strength(img):
    noise = change(img, noise=(4, 4)) - img
    assert abs(noise.mean()) < 0.3 and 3.8 < noise.std() < 4.2
    neighbours = np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]
    assert abs(neighbours) < 0.05


def test_levels_stay_in_range(img):
    bright = change(img, gain=(3, 3), offset=(100, 100), noise=(30, 30))
    assert bright.min() >= 0 and bright.max() == 255


def test_ranges_are_filled():
    np.random.seed(0)
    flat = np.full((4, 4), 100, np.float32)
    levels = [float(change(flat, offset=(-10, 10))[0, 0]) - 100 for _ in range(400)]
    assert min(levels) < -9 and max(levels) > 9 and abs(np.mean(levels)) < 1


def test_probabilities():
    np.random.seed(0)
    flat = np.full((4, 4), 100, np.float32)
    changed = sum(change(flat, offset=(5, 5), prob=0.25)[0, 0] != 100 for _ in range(800))
    noisy = sum(change(flat, noise=(5, 5), noise_prob=0.25).std() > 1 for _ in range(800))
    bent = sum(change(flat, gamma=(2, 2), gamma_prob=0.25)[0, 0] < 60 for _ in range(800))
    for count in (changed, noisy, bent):
        assert 150 < count < 250


def test_equal_channels_stay_equal(img):
    result = change(np.dstack([img] * 3), noise=(4, 4), gain=(0.8, 0.8))
    np.testing.assert_array_equal(result[..., 0], result[..., 2])


def test_the_given_array_and_the_mask_are_left_alone(img):
    before = img.copy()
    transform = TRANSFORMS.build(dict(type='RandomInfraredIntensity'))
    mask = np.ones((64, 64), np.uint8)
    results = transform(dict(img=img, gt_seg_map=mask))
    assert results['gt_seg_map'] is mask and mask.all()
    assert results['img'].dtype == np.float32
    np.testing.assert_array_equal(img, before)


@pytest.mark.parametrize(
    'wrong',
    [
        dict(gain=(0, 1)),
        dict(gamma=(-1, 1)),
        dict(noise=(-1, 1)),
        dict(offset=(5, -5)),
        dict(prob=2),
        dict(noise_prob=-1),
        dict(gamma_prob=3),
    ],
)
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        change(np.zeros((2, 2), np.float32), **wrong)


def test_messages_name_the_bound(img):
    with pytest.raises(ValueError, match='noise must be at least 0.0'):
        change(img, noise=(-1, 0))
    with pytest.raises(ValueError, match='gain must be above 0.0'):
        change(img, gain=(0, 1))


def test_a_step_may_be_switched_off(img):
    assert change(img, offset=(5, 5), prob=0) is img
