import numpy as np
import pytest
from mmseg.registry import TRANSFORMS
from scipy import ndimage

SYMMETRIES = [(turns, transpose) for turns in range(4) for transpose in (False, True)]


def build(symmetry=None, **kwargs):
    transform = TRANSFORMS.build(dict(type='RandomSymmetry', **kwargs))
    if symmetry is not None:
        transform._random_symmetry = lambda: symmetry
    return transform


def scene(side=4, offset=(0, 0)):
    """A bright square of a side of pixels, and a mask of the same size beside it."""
    img, mask = np.zeros((40, 50), np.float32), np.zeros((40, 50), np.uint8)
    img[10 : 10 + side, 20 : 20 + side] = 1
    mask[10 + offset[0] : 10 + side + offset[0], 20 + offset[1] : 20 + side + offset[1]] = 1
    return dict(img=img, gt_seg_map=mask, img_shape=img.shape)


def offset_of(results):
    centres = [ndimage.center_of_mass(results[key]) for key in ('gt_seg_map', 'img')]
    return np.subtract(*centres)


def test_all_eight_are_drawn_about_as_often():
    np.random.seed(0)
    transform = build()
    img = np.arange(6.0).reshape(2, 3)
    drawn = [
        np.array2string(transform(dict(img=img, img_shape=img.shape))['img']) for _ in range(4000)
    ]
    counts = np.unique(drawn, return_counts=True)[1]
    assert len(counts) == 8 and counts.min() > 420 and counts.max() < 580


def test_upright_images_are_mirrored_left_to_right_or_not_at_all():
    np.random.seed(0)
    transform = build(upright=True)
    img = np.arange(6.0).reshape(2, 3)
    drawn = [transform(dict(img=img, img_shape=img.shape))['img'] for _ in range(1000)]
    mirrored = [np.array_equal(image, img[:, ::-1]) for image in drawn]
    plain = [np.array_equal(image, img) for image in drawn]
    assert sum(mirrored) + sum(plain) == 1000 and 440 < sum(mirrored) < 560


@pytest.mark.parametrize('symmetry', SYMMETRIES)
def test_mask_goes_with_the_image(symmetry):
    img = np.arange(6, dtype=np.float32).reshape(2, 3)
    results = build(symmetry)(dict(img=img, gt_seg_map=(img > 2).astype(np.uint8)))
    np.testing.assert_array_equal(results['gt_seg_map'], results['img'] > 2)
    assert results['img_shape'] == results['img'].shape
    assert results['img_shape'] == ((3, 2) if (symmetry[0] + symmetry[1]) % 2 else (2, 3))


@pytest.mark.parametrize('symmetry', SYMMETRIES)
@pytest.mark.parametrize('offset', [(-1, -1), (2, 0), (0, -1)])
def test_the_offset_of_the_data_set_is_kept(symmetry, offset):
    results = build(symmetry, mask_offset=offset)(scene(offset=offset))
    np.testing.assert_allclose(offset_of(results), offset)
    assert results['gt_seg_map'].sum() == 16


@pytest.mark.parametrize('symmetry', SYMMETRIES)
def test_half_a_pixel(symmetry):
    sample = scene(side=5)
    sample['gt_seg_map'][14] = sample['gt_seg_map'][:, 24] = 0  # 4 of 5 rows and columns
    results = build(symmetry, mask_offset=(-0.5, -0.5), area=(13, 40))(sample)
    np.testing.assert_allclose(offset_of(results), -0.5)


def test_targets_of_other_sizes_stay():
    sample = scene(side=3)
    sample['gt_seg_map'][30:34, 30:34] = 1
    results = build((2, False), mask_offset=(-0.5, -0.5), area=(13, 40))(sample)
    expected = np.zeros((40, 50), np.uint8)
    expected[40 - 13 : 40 - 10, 50 - 23 : 50 - 20] = 1
    expected[40 - 34 - 1 : 40 - 30 - 1, 50 - 34 - 1 : 50 - 30 - 1] = 1
    np.testing.assert_array_equal(results['gt_seg_map'], expected)


def test_what_leaves_the_image_is_cut_off():
    mask = np.zeros((20, 20), np.uint8)
    mask[16:20, 16:20] = 1
    results = build((2, False), mask_offset=(-0.5, -0.5))(dict(img=mask * 1.0, gt_seg_map=mask))
    expected = np.zeros((20, 20), np.uint8)
    expected[:3, :3] = 1
    np.testing.assert_array_equal(results['gt_seg_map'], expected)
    assert mask.sum() == 16  # the sample that was cached is as it was
    results = build((2, False), mask_offset=(0.5, 0.5))(
        dict(img=mask * 1.0, gt_seg_map=np.rot90(mask, 2))
    )
    np.testing.assert_array_equal(results['gt_seg_map'], np.rot90(expected, 2))


@pytest.mark.parametrize('area, moves', [((16, 16), True), ((17, 40), False), ((1, 15), False)])
def test_the_limits_of_the_area_belong_to_it(area, moves):
    sample = scene(side=4)
    plain = build((2, False))(dict(sample))['gt_seg_map']
    moved = build((2, False), mask_offset=(-0.5, -0.5), area=area)(dict(sample))['gt_seg_map']
    assert np.array_equal(moved, plain) != moves


def test_three_channels_without_mask():
    results = build((1, False))(dict(img=np.zeros((4, 6, 3), np.float32)))
    assert results['img'].shape == (6, 4, 3)


@pytest.mark.parametrize('offset', [(0.25, 0), (0.5, 0), (1,), (1, 1, 1)])
def test_offsets_that_no_whole_pixel_undoes_are_refused(offset):
    with pytest.raises(ValueError, match='mask_offset'):
        build(mask_offset=offset)


@pytest.mark.parametrize('area', [(0, 3), (4, 3), (5,)])
def test_wrong_areas_are_refused(area):
    with pytest.raises(ValueError, match='area'):
        build(area=area)
