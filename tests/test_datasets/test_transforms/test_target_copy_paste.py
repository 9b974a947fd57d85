import cv2
import numpy as np
import pytest
from mmseg.registry import TRANSFORMS


def build(**kwargs):
    return TRANSFORMS.build(dict(type='TargetCopyPaste', **{'prob': 1.0, **kwargs}))


def scene(level=50.0, peak=100.0, shape=(120, 140), at=(30, 40), noise=0.0, seed=0):
    """A Gaussian target; the mask holds what is above half of its peak."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    glow = np.exp(-((y - at[0]) ** 2 + (x - at[1]) ** 2) / (2 * 1.5**2))
    noise = np.random.default_rng(seed).normal(0, noise, shape)
    return dict(
        img=(level + peak * glow + noise).astype(np.float32),
        gt_seg_map=(glow > 0.5).astype(np.uint8),
    )


def count(mask):
    return cv2.connectedComponents(mask, connectivity=8)[0] - 1


def test_pasted_targets_look_like_the_original():
    np.random.seed(0)
    for _ in range(20):
        before = scene()
        after = build(num_targets=(2, 2))(dict(before))
        new = after['gt_seg_map'] & ~before['gt_seg_map'] & 1
        assert count(new) == 2
        # Half of the peak of 100, but for the glow that counts as background.
        assert after['img'][new > 0].min() > 50 + 40
        # The original stays, and away from targets nothing happens.
        old = before['gt_seg_map'] > 0
        np.testing.assert_array_equal(after['img'][old], before['img'][old])
        far = cv2.dilate(new, np.ones((13, 13))) == 0
        np.testing.assert_allclose(after['img'][far], before['img'][far], atol=1e-3)


def test_mask_and_image_of_a_pasted_target_are_registered():
    np.random.seed(1)
    offsets = []
    for _ in range(30):
        before = scene()
        after = build(num_targets=(1, 1))(dict(before))
        new = (after['gt_seg_map'] > 0) & (before['gt_seg_map'] == 0)
        added = after['img'] - before['img']
        y, x = np.mgrid[: added.shape[0], : added.shape[1]]
        centre = np.array([(added * y).sum(), (added * x).sum()]) / added.sum()
        offsets.append(centre - np.argwhere(new).mean(0))
    assert np.abs(offsets).max() < 0.1


def test_a_target_fades_into_its_new_background():
    np.random.seed(2)
    before = scene(level=50)
    after = build(num_targets=(1, 1))(dict(before))
    added = np.abs(after['img'] - before['img'])
    window = np.argwhere(added > 0)
    top, bottom = window.min(0), window.max(0)
    border = added[top[0] : bottom[0] + 1, top[1] : bottom[1] + 1].copy()
    border[1:-1, 1:-1] = 0
    assert border.max() < 0.5  # of a peak of 100


def test_signals_are_scaled_to_the_clutter_of_their_new_place():
    np.random.seed(3)
    transform = build(num_targets=(1, 1), gain=(0.1, 10.0))
    transform.prob = 0.0
    transform(scene(peak=50, noise=2.0))
    transform.prob = 1.0
    empty = scene(peak=0, level=50, noise=8.0, seed=1)
    empty['gt_seg_map'][:] = 0
    added = [
        float((transform({k: v.copy() for k, v in empty.items()})['img'] - empty['img']).max())
        for _ in range(10)
    ]
    # 8 / 2 = 4 times the 50 levels of the target, limited to 255 and up to noise.
    assert 130 < np.median(added) <= 200


def test_targets_of_other_images_are_pasted():
    np.random.seed(4)
    transform = build(num_targets=(3, 3))
    transform(scene())
    empty = scene(peak=0)
    empty['gt_seg_map'][:] = 0
    assert count(transform(empty)['gt_seg_map']) == 3


def test_without_any_target_nothing_is_pasted():
    empty = scene(peak=0)
    empty['gt_seg_map'][:] = 0
    results = build()(dict(empty))
    assert results['img'] is empty['img'] and not results['gt_seg_map'].any()


@pytest.mark.parametrize('shape', [(11, 30), (30, 11), (10, 30), (30, 10)])
def test_a_target_is_pasted_where_its_window_just_fits(shape):
    transform = build(num_targets=(1, 1), margin=4)
    transform(scene())  # a target of 3x3 pixels, its window 11x11
    empty = dict(img=np.full(shape, 50, np.float32), gt_seg_map=np.zeros(shape, np.uint8))
    assert transform(empty)['gt_seg_map'].any() == (min(shape) == 11)


def test_every_second_image_is_changed_by_default():
    assert TRANSFORMS.build(dict(type='TargetCopyPaste')).prob == 0.5


def test_saturated_sky_gets_neither_pixels_nor_labels():
    np.random.seed(5)
    transform = build(num_targets=(3, 3))
    transform(scene())
    sky = dict(img=np.full((80, 80), 255, np.float32), gt_seg_map=np.zeros((80, 80), np.uint8))
    results = transform(dict(sky))
    assert not results['gt_seg_map'].any()
    np.testing.assert_array_equal(results['img'], sky['img'])


def test_pasted_targets_do_not_touch_others():
    np.random.seed(6)
    transform = build(num_targets=(8, 8))
    for _ in range(10):
        before = scene(shape=(60, 60), at=(30, 30))
        area = int(before['gt_seg_map'].sum())
        after = transform(before)['gt_seg_map']
        assert 2 <= count(after) == after.sum() / area


def test_the_given_arrays_are_left_alone():
    np.random.seed(7)
    given = scene()
    copies = {key: value.copy() for key, value in given.items()}
    build()(dict(given))
    for key, value in copies.items():
        np.testing.assert_array_equal(given[key], value)


def test_a_neighbour_does_not_come_along_without_a_label():
    given = scene(at=(30, 40))
    other = scene(at=(30, 47))
    given['img'] = np.maximum(given['img'], other['img'])
    given['gt_seg_map'] |= other['gt_seg_map']
    transform = build(num_targets=(1, 1))
    np.random.seed(8)
    for _ in range(20):
        after = transform(dict(given))
        bright = (after['img'] - given['img'] > 60).astype(np.uint8)
        assert count(bright) == 1
        assert (after['gt_seg_map'][bright > 0] == 1).all()


def test_the_bank_is_bounded_and_forgets_the_oldest():
    transform = build(bank_size=3)
    for level in range(5):
        transform(scene(peak=100 + 10 * level))
    peaks = sorted(round(float(target.signal.max())) for target in transform._bank.targets)
    np.testing.assert_allclose(peaks, [120, 130, 140], atol=2)


def test_probability_and_missing_masks():
    np.random.seed(9)
    transform = build(prob=0.3)
    changed = sum(count(transform(scene())['gt_seg_map']) > 1 for _ in range(300))
    assert 60 < changed < 120
    assert build()(dict(img=scene()['img'])).keys() == {'img'}


def test_three_channels():
    np.random.seed(10)
    given = scene()
    given['img'] = np.dstack([given['img']] * 3)
    result = build()(given)
    assert result['img'].shape == (120, 140, 3) and count(result['gt_seg_map']) > 1
    np.testing.assert_allclose(result['img'][..., 0], result['img'][..., 2])


@pytest.mark.parametrize(
    'wrong',
    [
        dict(prob=2),
        dict(num_targets=(0, 1)),
        dict(margin=1),
        dict(gain=(2, 1)),
        dict(bank_size=0),
    ],
)
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        build(**wrong)


def bank(transform, given):
    """The targets that a transform remembers of an image, the first one first."""
    transform(given)
    return transform._bank.targets


def test_a_neighbour_in_the_window_leaves_no_trace_in_the_signal():
    given, other = scene(at=(30, 40)), scene(at=(30, 45))
    given['img'] = np.maximum(given['img'], other['img'])
    given['gt_seg_map'] |= other['gt_seg_map']
    target = bank(build(prob=0.0), given)[0]
    window = given['gt_seg_map'][25:36, 35:46]
    assert target.mask.shape == window.shape and (window & ~target.mask & 1).any()
    assert not target.signal[(window == 1) & (target.mask == 0)].any()


def test_other_targets_do_not_count_as_background():
    img, mask = np.full((60, 60), 50, np.float32), np.zeros((60, 60), np.uint8)
    img[29:32, 29:32], mask[29:32, 29:32] = 150, 1
    # A bright frame of other targets fills most of the ring, all but its lowest row.
    frame = np.ones((11, 11), bool)
    frame[2:9, 2:9] = frame[10] = False
    img[25:36, 25:36][frame], mask[25:36, 25:36][frame] = 250, 1
    (target,) = [
        t for t in bank(build(prob=0.0), dict(img=img, gt_seg_map=mask)) if t.mask.sum() == 9
    ]
    np.testing.assert_allclose(target.signal[target.mask > 0], 100)


def l_shape(level):
    img, mask = np.full((60, 60), 100, np.float32), np.zeros((60, 60), np.uint8)
    mask[20:24, 20] = mask[23, 20:23] = 1
    img[mask > 0] = level
    return dict(img=img, gt_seg_map=mask)


@pytest.mark.parametrize('level', [220, 40])
def test_signal_and_mask_are_turned_alike_of_bright_and_of_dark_targets(level):
    np.random.seed(11)
    pasted = 0
    for _ in range(40):
        given = l_shape(level)
        after = build(num_targets=(1, 1))(dict(given))
        new = (after['gt_seg_map'] > 0) & (given['gt_seg_map'] == 0)
        changed = after['img'] - given['img']
        np.testing.assert_allclose(changed[new], level - 100)
        pasted += new.any()
    assert pasted > 30


def test_all_eight_symmetries_are_drawn():
    np.random.seed(12)
    seen = set()
    for _ in range(200):
        given = l_shape(220)
        new = build(num_targets=(1, 1))(dict(given))['gt_seg_map'] - given['gt_seg_map']
        rows, columns = np.nonzero(new)
        if len(rows):
            window = new[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
            seen.add((window.shape, window.tobytes()))
    assert len(seen) == 8


def test_targets_of_one_data_set_are_pasted_into_frames_of_another():
    name = 'tests: one set and another'
    giver, taker = build(prob=0.0, bank=name), build(bank=name)
    empty = dict(img=np.full((90, 90), 30, np.float32), gt_seg_map=np.zeros((90, 90), np.uint8))
    assert taker(dict(empty))['gt_seg_map'].sum() == 0  # nothing is known yet
    giver(scene(peak=80.0))
    pasted = taker(dict(empty))
    assert count(pasted['gt_seg_map']) >= 1
    assert pasted['img'].max() > 30 + 60
    assert build()(dict(empty))['gt_seg_map'].sum() == 0  # a bank of one's own
    with pytest.raises(ValueError, match='bank_size=256'):
        build(bank=name, bank_size=3)
