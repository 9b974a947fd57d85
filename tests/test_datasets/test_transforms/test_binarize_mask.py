import cv2
import numpy as np
import pytest
from mmseg.registry import TRANSFORMS

LOADER = dict(type='LoadAnnotations', imdecode_backend='cv2')


def binarize(mask, ori_shape=None, **kwargs):
    transform = TRANSFORMS.build(dict(type='BinarizeMask', **kwargs))
    results = dict(gt_seg_map=mask, seg_map_path='m.png', img_path='i.png')
    results['ori_shape'] = ori_shape or mask.shape[:2]
    return transform(results)['gt_seg_map']


@pytest.mark.parametrize('value', [1, 2, 100, 128, 254, 255])
def test_the_only_value_of_a_binary_mask_is_target(value):
    mask = np.array([[0, value], [value, 0]], np.uint8)
    result = binarize(mask)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, [[0, 1], [1, 0]])


def test_empty_and_full_masks():
    np.testing.assert_array_equal(binarize(np.zeros((3, 4), np.uint8)), np.zeros((3, 4)))
    np.testing.assert_array_equal(binarize(np.full((3, 4), 255, np.uint8)), np.ones((3, 4)))


def test_grey_masks_are_cut_at_the_threshold():
    mask = np.array([[0, 1, 127, 128, 255]], np.uint8)
    np.testing.assert_array_equal(binarize(mask), [[0, 0, 0, 1, 1]])
    np.testing.assert_array_equal(binarize(mask, threshold=0), [[0, 1, 1, 1, 1]])


def test_colours_count_by_their_maximum_and_alpha_not_at_all():
    mask = np.zeros((1, 3, 3), np.uint8)
    mask[0, 1] = (0, 0, 255)
    np.testing.assert_array_equal(binarize(mask), [[0, 1, 0]])
    opaque = np.dstack([mask, np.full((1, 3), 255, np.uint8)])
    np.testing.assert_array_equal(binarize(opaque), [[0, 1, 0]])
    grey_alpha = np.array([[[0, 255], [9, 255]]], np.uint8)
    np.testing.assert_array_equal(binarize(grey_alpha), [[0, 1]])


@pytest.mark.parametrize('mode', ['1', 'L', 'P', 'RGB', 'RGBA', 'LA', 'I;16'])
def test_masks_of_every_file_kind_mean_the_same(tmp_path, mode):
    from PIL import Image

    truth = np.zeros((12, 16), np.uint8)
    truth[3:6, 4:8] = 1
    if mode == 'P':
        image = Image.fromarray(truth, mode='P')
        image.putpalette([0, 0, 0, 128, 0, 0])
    elif mode == 'I;16':
        image = Image.fromarray(truth.astype(np.uint16) * 65535)
    else:
        image = Image.fromarray(truth * 255).convert(mode)
    image.save(tmp_path / 'm.png')
    results = dict(seg_map_path=str(tmp_path / 'm.png'), seg_fields=[], reduce_zero_label=False)
    loaded = TRANSFORMS.build(LOADER)({**results, 'ori_shape': truth.shape})['gt_seg_map']
    np.testing.assert_array_equal(binarize(loaded), truth)


@pytest.mark.parametrize('suffix', ['.bmp', '.tif', '.jpg'])
def test_masks_of_other_formats(tmp_path, write_image, suffix):
    truth = np.zeros((24, 32), np.uint8)
    truth[8:16, 8:16] = 1
    path = write_image(tmp_path / f'm{suffix}', truth * 255)
    results = dict(seg_map_path=str(path), seg_fields=[], reduce_zero_label=False)
    loaded = TRANSFORMS.build(LOADER)(results)['gt_seg_map']
    # JPEG leaves grey traces around the target, which the threshold removes.
    np.testing.assert_array_equal(binarize(loaded), truth)


def test_a_mask_of_another_size_is_resized_with_one_warning_for_each_file():
    transform = TRANSFORMS.build(dict(type='BinarizeMask'))
    mask = np.zeros((40, 60), np.uint8)
    mask[10:20, 20:40] = 255

    def run(name):
        results = dict(gt_seg_map=mask, ori_shape=(20, 30), seg_map_path=name, img_path='i.png')
        return transform(results)['gt_seg_map']

    with pytest.warns(UserWarning, match=r'a\.png is 60x40 .* i\.png is 30x20') as caught:
        for _ in range(3):
            result = run('a.png')
    assert len(caught) == 1
    expected = np.zeros((20, 30))
    expected[5:10, 10:20] = 1
    np.testing.assert_array_equal(result, expected)
    with pytest.warns(UserWarning, match=r'b\.png'):
        run('b.png')


def test_the_resizing_of_such_a_mask_is_aligned():
    mask = np.zeros((300, 300), np.uint8)
    cv2.circle(mask, (200, 120), 30, 255, -1)
    with pytest.warns(UserWarning):
        small = binarize(mask, ori_shape=(100, 100))
    rows, columns = np.nonzero(small)
    # Pixel centres: (200.5 / 3 - 0.5, 120.5 / 3 - 0.5).
    np.testing.assert_allclose((columns.mean(), rows.mean()), (66.333, 39.667), atol=0.05)


def test_no_mask_no_work():
    results = TRANSFORMS.build(dict(type='BinarizeMask'))(dict(img=np.zeros((2, 2))))
    assert results.keys() == {'img'}


@pytest.mark.parametrize('threshold', [-1, 255])
def test_thresholds_that_cannot_be_are_refused(threshold):
    with pytest.raises(ValueError, match='threshold'):
        TRANSFORMS.build(dict(type='BinarizeMask', threshold=threshold))


@pytest.mark.parametrize('shape', [(3, 4), (3, 4, 3), None])
def test_a_mask_of_the_image_s_size_is_not_resized(recwarn, shape):
    mask = np.eye(3, 4, dtype=np.uint8)
    results = dict(gt_seg_map=mask, ori_shape=shape)
    result = TRANSFORMS.build(dict(type='BinarizeMask'))(results)['gt_seg_map']
    np.testing.assert_array_equal(result, mask)
    assert not recwarn.list
