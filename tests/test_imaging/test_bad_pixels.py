"""Bad pixels are found in a moving scene, and filled."""

import numpy as np
import pytest

from mdp_plugin.imaging.bad_pixels import fill_pixels, find_bad_pixels, read_ignore_mask
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

SCENES = SceneGenerator(SceneSettings(size=(96, 128), bit_depth=16), seed=1)


def moving_frames(number, bad=None):
    frames = []
    for index in range(number):
        frame = SCENES(index).image.astype(np.float32)
        if bad is not None:
            frame[bad] = (0, 16383)[index % 2] if index % 10 else frame.mean()
        frames.append(frame)
    return frames


def test_bad_pixels_of_a_moving_scene_are_found():
    bad = np.zeros((96, 128), bool)
    bad[[3, 50, 95, 60], [7, 100, 127, 20]] = True
    bad[60, 21] = True  # two side by side
    assert np.array_equal(find_bad_pixels(moving_frames(20, bad)), bad)
    assert not find_bad_pixels(moving_frames(20)).any()


def test_what_cannot_tell_is_refused():
    with pytest.raises(ValueError, match='10 frames or more of a moving scene, not 9'):
        find_bad_pixels(moving_frames(9))
    noise = np.random.default_rng(0).normal(0, 1, (96, 128)).astype(np.float32) ** 9
    with pytest.raises(ValueError, match='scene that moves'):
        find_bad_pixels([noise] * 12)
    with pytest.raises(ValueError, match='frames of one size'):
        find_bad_pixels([*moving_frames(1), np.zeros((40, 40), np.float32)])


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_gaps_are_filled_from_their_border(dtype):
    ramp = np.add.outer(np.arange(80), 2 * np.arange(120)).astype(dtype)
    bad = np.zeros(ramp.shape, bool)
    bad[10, 20] = bad[0, 0] = True
    filled = fill_pixels(np.where(bad, np.nan, ramp), bad)
    assert filled.dtype == dtype and filled[10, 20] == pytest.approx(ramp[10, 20])
    assert np.array_equal(filled[~bad], ramp[~bad])
    bad[30:70, :] = True
    filled = fill_pixels(np.where(bad, np.inf, ramp), bad)
    assert np.abs(filled - ramp)[bad].max() < 60 and filled.max() <= ramp.max()
    one = np.ones(ramp.shape, bool)
    one[3, 4] = False
    assert (fill_pixels(ramp, one) == ramp[3, 4]).all()


def test_masks_that_mark_everything_are_refused(tmp_path):
    import cv2

    cv2.imwrite(str(tmp_path / 'all.png'), np.full((40, 50), 255, np.uint8))
    with pytest.raises(ValueError, match=r'all\.png" marks every pixel'):
        read_ignore_mask(tmp_path / 'all.png')
    assert read_ignore_mask(np.eye(40)).sum() == 40
