import numpy as np
import pytest
from mmseg.registry import TRANSFORMS


def resize(results, **kwargs):
    return TRANSFORMS.build(dict(type='AlignedResize', **kwargs))(results)


def sample(height=20, width=30, channels=None):
    shape = (height, width) if channels is None else (height, width, channels)
    return dict(
        img=np.zeros(shape, np.float32),
        gt_seg_map=np.zeros((height, width), np.uint8),
        img_shape=(height, width),
        ori_shape=(height, width),
    )


def test_image_mask_and_meta_information():
    results = resize(sample(), scale=(60, 50))
    assert results['img'].shape == results['gt_seg_map'].shape == results['img_shape'] == (50, 60)
    assert results['ori_shape'] == (20, 30)
    assert results['scale'] == (60, 50)
    assert results['scale_factor'] == (2.0, 2.5)
    assert results['keep_ratio'] is False
    assert results['gt_seg_map'].dtype == np.uint8


def test_without_a_mask_only_the_image_is_resized():
    results = sample()
    del results['gt_seg_map']
    results = resize(results, scale=(60, 50))
    assert results['img'].shape == (50, 60) and 'gt_seg_map' not in results


def test_as_original_moves_the_evaluation_to_the_new_size():
    results = resize(sample(), scale=(60, 50), as_original=True)
    assert results['ori_shape'] == results['img_shape'] == (50, 60)


def test_proportions_can_be_kept():
    results = resize(sample(20, 30), scale=(60, 60), keep_ratio=True)
    assert results['img'].shape == results['gt_seg_map'].shape == (40, 60)
    assert results['scale_factor'] == (2.0, 2.0) and results['keep_ratio'] is True
    assert resize(sample(30, 20), scale=(60, 60), keep_ratio=True)['img'].shape == (60, 40)
    assert resize(sample(20, 30), scale=(90, 40), keep_ratio=True)['img'].shape == (40, 60)
    assert resize(sample(20, 30), scale=(45, 100), keep_ratio=True)['img'].shape == (30, 45)


def test_three_channels():
    assert resize(sample(channels=3), scale=(8, 8))['img'].shape == (8, 8, 3)


def test_the_kernel_of_the_image_can_be_that_of_the_mask():
    results = sample()
    results['img'][8:12, 10:15] = 255
    results['gt_seg_map'] = results['img'].astype(np.uint8)
    nearest = resize(dict(results), scale=(47, 33), interpolation='nearest')
    np.testing.assert_array_equal(nearest['img'], nearest['gt_seg_map'])
    smooth = resize(dict(results), scale=(47, 33))
    assert not np.array_equal(smooth['img'], smooth['gt_seg_map'])


def test_an_unknown_kernel_is_refused():
    with pytest.raises(ValueError, match=r"one of \['bilinear', 'nearest'\], not 'lanczos'"):
        TRANSFORMS.build(dict(type='AlignedResize', scale=(8, 8), interpolation='lanczos'))


@pytest.mark.parametrize('scale', [(320,), (0, 320), (320.5, 320), (1, 2, 3)])
def test_scales_that_cannot_be_are_refused(scale):
    with pytest.raises(ValueError, match='scale'):
        TRANSFORMS.build(dict(type='AlignedResize', scale=scale))
