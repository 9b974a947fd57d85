"""Masks of 16 bit as mmseg's loading step hands them on."""

import cv2
import numpy as np
import pytest
from mmseg.registry import TRANSFORMS


def load(path, **settings):
    step = TRANSFORMS.build(dict(type='LoadAnnotations', imdecode_backend='cv2'))
    results = dict(seg_map_path=str(path), seg_fields=[], reduce_zero_label=False, **settings)
    return step(results)


def test_no_bit_is_lost(tmp_path):
    mask = np.array([[0, 256], [65280, 65535]], np.uint16)
    cv2.imwrite(str(tmp_path / 'mask.png'), mask)
    results = load(tmp_path / 'mask.png')
    np.testing.assert_array_equal(results['gt_seg_map'], mask)
    assert results['seg_fields'] == ['gt_seg_map']


def test_masks_of_8_bit_are_mmsegs(tmp_path):
    cv2.imwrite(str(tmp_path / 'mask.png'), np.array([[0, 1], [2, 0]], np.uint8))
    mapped = load(tmp_path / 'mask.png', label_map={2: 1})['gt_seg_map']
    np.testing.assert_array_equal(mapped, [[0, 1], [1, 0]])


def test_what_is_no_image_is_named(tmp_path):
    (tmp_path / 'mask.png').write_text('no picture')
    with pytest.raises(OSError, match=r'cannot read .*mask\.png'):
        load(tmp_path / 'mask.png')
