import numpy as np
import pytest
from mmseg.registry import TRANSFORMS


def build(**kwargs):
    return TRANSFORMS.build(dict(type='RandomQuarterTurn', **kwargs))


def sample():
    img = np.arange(6, dtype=np.float32).reshape(2, 3)
    return dict(img=img, gt_seg_map=(img > 2).astype(np.uint8), img_shape=(2, 3))


@pytest.mark.parametrize(
    ('turns', 'expected'),
    [
        (1, [[2, 5], [1, 4], [0, 3]]),
        (2, [[5, 4, 3], [2, 1, 0]]),
        (3, [[3, 0], [4, 1], [5, 2]]),
    ],
)
def test_turns_are_counter_clockwise(turns, expected):
    results = build(prob=1.0, turns=(turns,))(sample())
    np.testing.assert_array_equal(results['img'], expected)
    np.testing.assert_array_equal(results['gt_seg_map'], np.array(expected) > 2)
    assert results['img_shape'] == np.shape(expected)


def test_all_orientations_are_equally_likely_by_default():
    np.random.seed(0)
    transform = build()
    firsts = [int(transform(sample())['img'][0, 0]) for _ in range(2000)]
    for first in (0, 2, 5, 3):
        assert 430 < firsts.count(first) < 570


def test_three_channels_without_mask():
    results = build(prob=1.0, turns=[1])(dict(img=np.zeros((4, 6, 3), np.float32)))
    assert results['img'].shape == (6, 4, 3) and results['img_shape'] == (6, 4)


@pytest.mark.parametrize('wrong', [dict(prob=-0.1), dict(turns=()), dict(turns=(0, 1))])
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        build(**wrong)
