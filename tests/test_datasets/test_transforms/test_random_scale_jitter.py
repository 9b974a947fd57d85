import cv2
import numpy as np
import pytest
from mmseg.registry import TRANSFORMS


def build(**kwargs):
    return TRANSFORMS.build(dict(type='RandomScaleJitter', **kwargs))


def sample(mask):
    return dict(img=mask.astype(np.float32), gt_seg_map=mask, img_shape=mask.shape)


def speckled(seed, number=12, shape=(97, 113)):
    """Single pixels, none next to another: what shrinking erases first."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(shape, np.uint8)
    cells = [(y, x) for y in range(2, shape[0], 8) for x in range(2, shape[1], 8)]
    for index in rng.choice(len(cells), number, replace=False):
        mask[cells[index]] = 1
    return mask


def test_factors_fill_the_range_evenly_in_their_logarithm():
    np.random.seed(0)
    transform = build(ratio_range=(0.5, 2.0))
    mask = np.zeros((100, 200), np.uint8)
    ratios = np.array([transform(sample(mask))['img'].shape[0] / 100 for _ in range(400)])
    assert 0.5 <= ratios.min() < 0.53 and 1.9 < ratios.max() <= 2.0
    assert abs(np.log(ratios).mean()) < 0.06


def test_image_mask_and_meta_information_agree():
    np.random.seed(1)
    mask = np.zeros((100, 200), np.uint8)
    results = build(ratio_range=(1.3, 1.3))(sample(mask))
    assert results['img'].shape == results['gt_seg_map'].shape == (130, 260)
    assert results['img_shape'] == (130, 260)
    assert results['scale_factor'] == (1.3, 1.3) and results['keep_ratio'] is True


def test_no_target_is_ever_erased():
    lost_by_plain_resizing = 0
    transform = build(ratio_range=(0.3, 0.9))
    np.random.seed(2)
    for seed in range(60):
        mask = speckled(seed)
        result = transform(sample(mask.copy()))['gt_seg_map']
        number = cv2.connectedComponents(result, connectivity=8)[0] - 1
        assert number == 12, seed
        plain = cv2.resize(mask, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_NEAREST_EXACT)
        lost_by_plain_resizing += plain.sum() < 12
    assert lost_by_plain_resizing > 30


def test_a_factor_that_would_erase_moves_towards_one():
    # 0.2 keeps one pixel of 25; (2, 2) of a 5x5 cell survives, (0, 0) does not.
    lucky, unlucky = np.zeros((50, 50), np.uint8), np.zeros((50, 50), np.uint8)
    lucky[12, 12] = unlucky[10, 10] = 1
    transform = build(ratio_range=(0.2, 0.2))
    assert transform(sample(lucky))['img'].shape == (10, 10)
    kept = transform(sample(unlucky))
    assert kept['img'].shape in [(30, 30), (40, 40), (45, 45), (50, 50)]
    assert kept['gt_seg_map'].sum() == 1


def test_the_size_is_kept_when_nothing_else_helps():
    mask = np.zeros((64, 64), np.uint8)
    mask[::2, ::2] = 1  # every second pixel: any shrinking loses some
    results = build(ratio_range=(0.5, 0.5), max_tries=3)(sample(mask))
    np.testing.assert_array_equal(results['gt_seg_map'], mask)
    # One column less, and as many rows as before.
    for first in (0, 1):
        wide = np.zeros((40, 100), np.uint8)
        wide[::2, first::2] = 1
        result = build(ratio_range=(0.99, 0.99), max_tries=1)(sample(wide))['gt_seg_map']
        assert result.sum() == wide.sum()


def test_probability():
    np.random.seed(3)
    transform = build(ratio_range=(1.5, 1.5), prob=0.3)
    mask = np.zeros((20, 20), np.uint8)
    changed = sum(transform(sample(mask))['img'].shape != (20, 20) for _ in range(500))
    assert 110 < changed < 190


def test_an_image_without_mask_is_resized():
    results = build(ratio_range=(0.5, 0.5))(dict(img=np.zeros((20, 40), np.float32)))
    assert results['img'].shape == (10, 20)


@pytest.mark.parametrize(
    'wrong', [dict(ratio_range=(0, 1)), dict(ratio_range=(2, 1)), dict(prob=2), dict(max_tries=0)]
)
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        build(**wrong)
