import numpy as np
import pytest
from mmseg.registry import TRANSFORMS


def build(**kwargs):
    return TRANSFORMS.build(dict(type='RandomTargetCrop', **kwargs))


def sample(shape=(200, 240), box=(150, 180, 6, 5)):
    """One target in a corner; the image holds its own coordinates."""
    y, x, h, w = box
    mask = np.zeros(shape, np.uint8)
    mask[y : y + h, x : x + w] = 1
    img = np.arange(mask.size, dtype=np.float32).reshape(shape)
    return dict(img=img, gt_seg_map=mask, img_shape=shape)


def corner(results, width):
    first = int(results['img'][0, 0])
    return first // width, first % width


def test_an_aimed_window_holds_the_whole_target_anywhere_in_it():
    np.random.seed(0)
    transform = build(crop_size=(32, 40), target_prob=1.0)
    corners = set()
    for _ in range(300):
        results = transform(sample())
        assert results['img'].shape == results['gt_seg_map'].shape == (32, 40)
        assert results['img_shape'] == (32, 40)
        assert results['gt_seg_map'].sum() == 30
        corners.add(corner(results, 240))
    rows, columns = zip(*corners)
    # The window's edge may touch the target on each side: 150 + 6 - 32 = 124 to 150.
    assert min(rows) <= 125 and max(rows) >= 149
    assert min(columns) <= 147 and max(columns) >= 178


def test_a_blind_window_lies_anywhere():
    np.random.seed(1)
    transform = build(crop_size=(100, 100), target_prob=0.0)
    rows, columns = zip(*(corner(transform(sample()), 240) for _ in range(600)))
    assert min(rows) < 3 and max(rows) > 97 and abs(np.mean(rows) - 50) < 5
    assert min(columns) < 4 and max(columns) > 136 and abs(np.mean(columns) - 70) < 6


def test_the_probability_is_that_of_aiming():
    np.random.seed(2)
    transform = build(crop_size=20, target_prob=0.6)
    held = sum(transform(sample())['gt_seg_map'].sum() == 30 for _ in range(1000))
    blind = (200 - 20 + 1) * (240 - 20 + 1)
    chance = (20 - 6 + 1) * (20 - 5 + 1) / blind
    assert abs(held / 1000 - (0.6 + 0.4 * chance)) < 0.05


def test_every_target_is_aimed_at():
    np.random.seed(3)
    results = sample(box=(10, 10, 2, 2))
    results['gt_seg_map'][100:130, 100:130] = 1
    results['gt_seg_map'][190:192, 230:232] = 1
    transform = build(crop_size=40, target_prob=1.0)
    areas = [int(transform(dict(results))['gt_seg_map'].sum()) for _ in range(300)]
    for area in (4, 900):
        assert areas.count(area) > 60


def test_a_target_larger_than_the_window_is_centred():
    results = sample(box=(50, 60, 80, 90))
    results = build(crop_size=(40, 40), target_prob=1.0)(results)
    assert results['gt_seg_map'].all()
    assert corner(results, 240) == (50 + 20, 60 + 25)


def test_an_image_without_targets_is_cropped_blindly():
    np.random.seed(4)
    results = sample()
    results['gt_seg_map'][:] = 0
    assert build(crop_size=50, target_prob=1.0)(results)['img'].shape == (50, 50)
    del results['gt_seg_map']
    assert build(crop_size=30, target_prob=1.0)(results)['img'].shape == (30, 30)


@pytest.mark.parametrize('channels', [None, 3])
def test_small_images_are_extended_by_reflection_mask_and_all(channels):
    mask = np.zeros((10, 30), np.uint8)
    mask[2, 4] = 1
    img = mask.astype(np.float32) if channels is None else np.dstack([mask] * 3).astype(np.float32)
    results = build(crop_size=(25, 30), target_prob=0.0)(dict(img=img, gt_seg_map=mask))
    # 15 rows are missing: 7 above and 8 below; row 2 is mirrored about rows 0 and 9.
    rows, columns = np.nonzero(results['gt_seg_map'])
    assert rows.tolist() == [7 - 2, 7 + 2, 7 + 16] and set(columns) == {4}
    shown = results['img'] if channels is None else results['img'][..., 0]
    np.testing.assert_array_equal(shown, results['gt_seg_map'])


def test_an_image_much_smaller_than_the_window():
    mask = np.ones((3, 3), np.uint8)
    results = build(crop_size=32)(dict(img=mask.astype(np.float32), gt_seg_map=mask))
    assert results['img'].shape == (32, 32) and results['gt_seg_map'].all()


@pytest.mark.parametrize(
    'wrong', [dict(crop_size=(0, 5)), dict(crop_size=(5,)), dict(crop_size=5, target_prob=1.5)]
)
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match='crop_size|target_prob'):
        build(**wrong)


def test_a_target_in_the_image_s_corner_is_held():
    np.random.seed(4)
    transform = build(crop_size=(32, 40), target_prob=1.0)
    for box in ((0, 0, 3, 3), (197, 237, 3, 3)):
        for _ in range(50):
            assert transform(sample(box=box))['gt_seg_map'].sum() == 9
