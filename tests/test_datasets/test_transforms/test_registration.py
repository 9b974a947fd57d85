"""Masks stay registered to their images through every geometric transform.

The scenes hold discs at sub-pixel places, drawn anti-aliased into the image and thresholded at
half their height into the mask, so both have the same centroids. After a transform the centroids
in the mask must lie, on average, where they lie in the image and where geometry says. A single
one scatters by the rounding to whole pixels, which no nearest-neighbour kernel can avoid.
"""

from fractions import Fraction

import numpy as np
import pytest
from mmseg.registry import TRANSFORMS
from scipy import ndimage

BACKGROUND = 20.0
BIAS = 0.03
"""Largest mean error, in pixels of the result; the stock kernel has 0.3 to 0.5."""
SCATTER = 0.25
"""Largest mean absolute error of single targets after resampling."""

GEOMETRIC = {
    'AlignedResize up': dict(type='AlignedResize', scale=(391, 352)),
    'AlignedResize down': dict(type='AlignedResize', scale=(213, 197)),
    'AlignedResize anisotropic': dict(type='AlignedResize', scale=(320, 320)),
    'AlignedResize square': dict(type='AlignedResize', scale=(512, 512), as_original=True),
    'RandomScaleJitter up': dict(type='RandomScaleJitter', ratio_range=(1.05, 1.9)),
    'RandomScaleJitter down': dict(type='RandomScaleJitter', ratio_range=(0.7, 0.95)),
    'RandomTargetCrop': dict(type='RandomTargetCrop', crop_size=(160, 170)),
    'RandomTargetCrop reflected': dict(type='RandomTargetCrop', crop_size=(301, 333)),
    'RandomFlip horizontal': dict(type='RandomFlip', prob=1.0, direction='horizontal'),
    'RandomFlip vertical': dict(type='RandomFlip', prob=1.0, direction='vertical'),
    'RandomFlip diagonal': dict(type='RandomFlip', prob=1.0, direction='diagonal'),
    'RandomQuarterTurn': dict(type='RandomQuarterTurn', prob=1.0),
    'RandomSymmetry': dict(type='RandomSymmetry'),
}


def centroid_errors(img: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Centroid in the mask minus centroid in the image, (y, x), of every disc off the border."""
    labels, number = ndimage.label(mask, structure=np.ones((3, 3)))
    weight = img.astype(np.float64) - BACKGROUND
    errors = []
    for index, window in enumerate(ndimage.find_objects(labels), start=1):
        y0, x0 = window[0].start - 4, window[1].start - 4
        y1, x1 = window[0].stop + 4, window[1].stop + 4
        if y0 < 0 or x0 < 0 or y1 > img.shape[0] or x1 > img.shape[1]:
            continue
        in_image = ndimage.center_of_mass(weight[y0:y1, x0:x1])
        in_mask = ndimage.center_of_mass(labels[y0:y1, x0:x1] == index)
        errors.append(np.subtract(in_mask, in_image))
    assert number > 30 and len(errors) > 20
    return np.array(errors)


def loaded(img: np.ndarray, mask: np.ndarray) -> dict:
    """What the loading steps hand to a transform."""
    return dict(
        img=img,
        gt_seg_map=mask,
        seg_fields=['gt_seg_map'],
        img_shape=img.shape,
        ori_shape=img.shape,
    )


def run(cfg, scene, times=3):
    transform = TRANSFORMS.build(cfg)
    errors = []
    for seed in range(times):
        np.random.seed(seed)
        img, mask = scene(seed=seed)
        results = transform(loaded(img, mask))
        assert results['img'].shape == results['gt_seg_map'].shape
        errors.append(centroid_errors(results['img'], results['gt_seg_map']))
    return np.concatenate(errors)


def test_the_scenes_are_registered_themselves(blob_scene):
    errors = centroid_errors(*blob_scene())
    assert np.abs(errors).mean() < 0.1 and np.abs(errors.mean(0)).max() < BIAS


@pytest.mark.parametrize('name', GEOMETRIC)
def test_targets_in_mask_and_image_agree(name, blob_scene):
    errors = run(GEOMETRIC[name], blob_scene)
    resampled = 'Resize' in name or 'Scale' in name
    assert np.abs(errors).mean() < (SCATTER if resampled else 0.1)
    assert np.abs(errors.mean(0)).max() < BIAS


@pytest.mark.parametrize('scale', [(391, 352), (213, 197), (320, 320)])
def test_stock_resize_moves_masks_and_the_aligned_one_does_not(scale, blob_scene):
    """The reason for AlignedResize: mmcv's mask kernel takes the floor of the coordinate."""
    stock = run(dict(type='Resize', scale=scale, keep_ratio=False), blob_scene)
    aligned = run(dict(type='AlignedResize', scale=scale), blob_scene)
    # For a factor p / q in lowest terms the floor moves the mask by (1 - 1 / q) / 2 pixels.
    factors = Fraction(scale[1], 240), Fraction(scale[0], 280)
    expected = [(1 - 1 / factor.denominator) / 2 for factor in factors]
    np.testing.assert_allclose(stock.mean(0), expected, atol=0.03)
    assert min(expected) > 0.3
    np.testing.assert_allclose(aligned.mean(0), 0, atol=BIAS)


def exact(name: str, results: dict, points: np.ndarray) -> np.ndarray:
    """Where points (y, x) of the original 240x280 image lie after the transform."""
    height, width = results['img_shape']
    if 'Resize' in name or 'Scale' in name:
        factor = np.array([height / 240, width / 280])
        return (points + 0.5) * factor - 0.5
    y, x = points.T
    return np.stack(
        {
            'RandomFlip horizontal': (y, 279 - x),
            'RandomFlip vertical': (239 - y, x),
            'RandomFlip diagonal': (239 - y, 279 - x),
            'one turn': (279 - x, y),
            'two turns': (239 - y, 279 - x),
            'three turns': (x, 239 - y),
        }[name],
        axis=1,
    )


EXACT = {
    **{
        k: v
        for k, v in GEOMETRIC.items()
        if not any(word in k for word in ('Crop', 'Turn', 'Symmetry'))
    },
    **{
        name: dict(type='RandomQuarterTurn', prob=1.0, turns=(turns,))
        for turns, name in enumerate(('one turn', 'two turns', 'three turns'), start=1)
    },
}


@pytest.mark.parametrize('name', EXACT)
def test_targets_lie_where_geometry_says(name, blob_scene):
    np.random.seed(5)
    img, mask = blob_scene(seed=5)
    labels, number = ndimage.label(mask)
    source = np.array(ndimage.center_of_mass(mask, labels, range(1, number + 1)))
    results = TRANSFORMS.build(EXACT[name])(loaded(img, mask))
    labels, found = ndimage.label(results['gt_seg_map'])
    assert found == number > 100
    moved = np.array(ndimage.center_of_mass(labels > 0, labels, range(1, number + 1)))
    expected = exact(name, results, source)
    nearest = np.linalg.norm(moved[:, None] - expected[None], axis=2).argmin(1)
    assert len(set(nearest)) == number
    errors = moved - expected[nearest]
    assert np.abs(errors).mean() < SCATTER and np.abs(errors.mean(0)).max() < BIAS


def test_a_crop_is_an_exact_translation(blob_scene):
    img, mask = blob_scene()
    marked = np.arange(img.size, dtype=np.float32).reshape(img.shape)
    transform = TRANSFORMS.build(GEOMETRIC['RandomTargetCrop'])
    for seed in range(10):
        np.random.seed(seed)
        results = transform(dict(img=marked, gt_seg_map=mask))
        y, x = divmod(int(results['img'][0, 0]), 280)
        np.testing.assert_array_equal(results['gt_seg_map'], mask[y : y + 160, x : x + 170])
        np.testing.assert_array_equal(results['img'], marked[y : y + 160, x : x + 170])
