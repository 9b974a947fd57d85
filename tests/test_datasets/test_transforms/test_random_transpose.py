import numpy as np
import pytest
from mmseg.registry import TRANSFORMS


def build(**kwargs):
    return TRANSFORMS.build(dict(type='RandomTranspose', **kwargs))


def sample():
    img = np.arange(6, dtype=np.float32).reshape(2, 3)
    return dict(img=img, gt_seg_map=(img > 2).astype(np.uint8), img_shape=(2, 3))


def test_rows_become_columns_and_the_first_pixel_stays():
    results = build(prob=1.0)(sample())
    expected = np.array([[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(results['img'], expected)
    np.testing.assert_array_equal(results['gt_seg_map'], expected > 2)
    assert results['img_shape'] == (3, 2)


def test_half_of_the_images_by_default():
    np.random.seed(0)
    transform = build()
    shapes = [transform(sample())['img_shape'] for _ in range(2000)]
    assert 900 < shapes.count((3, 2)) < 1100
    assert build(prob=0.0)(sample())['img_shape'] == (2, 3)


def test_three_channels_without_mask():
    results = build(prob=1.0)(dict(img=np.zeros((4, 6, 3), np.float32)))
    assert results['img'].shape == (6, 4, 3)


@pytest.mark.parametrize('prob', [-0.1, 1.5])
def test_wrong_arguments_are_refused(prob):
    with pytest.raises(ValueError, match='prob'):
        build(prob=prob)
