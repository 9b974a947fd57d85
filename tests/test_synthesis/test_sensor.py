"""Defects of the sensor and the camera's edge enhancement."""

import numpy as np
from scipy import ndimage

from mdp_plugin.synthesis import SceneGenerator, SceneSettings, SensorSettings, TargetSettings


def _pair(index: int = 0, count: int = 0, **sensor) -> tuple:
    """A scene with and without changes of the sensor."""
    scenes = []
    for settings in (SensorSettings(**sensor), SensorSettings()):
        targets = TargetSettings(count=(count, count))
        scene = SceneSettings(size=(96, 112), bit_depth=16, sensor=settings, targets=targets)
        scenes.append(SceneGenerator(scene, 7)(index))
    return tuple(scenes)


def test_blinking_pixels_are_groups_of_one_to_four_without_blur():
    sizes = []
    for index in range(12):
        blinking, plain = _pair(index, blinking=(6, 6), blinking_contrast=(60, 60))
        changed = blinking.image != plain.image
        labels, number = ndimage.label(changed, np.ones((3, 3)))
        sizes += list(np.bincount(labels.ravel())[1:])
        assert 1 <= number <= 6
        step = np.abs(blinking.image[changed].astype(float) - plain.image[changed])
        # Full strength in each of them: 60 levels times 0.6 and more, unless clipped.
        assert np.median(step) > 0.55 * 60 * 16383 / 255 or plain.image.max() > 13000
        assert not blinking.mask.any()
    assert set(sizes) >= {1, 2, 3, 4}
    assert np.mean(np.array(sizes) <= 4) > 0.9  # two groups may touch


def test_no_pixel_blinks_on_a_target():
    for index in range(8):
        blinking, plain = _pair(index, 3, blinking=(400, 400))
        near = ndimage.binary_dilation(plain.mask > 0, np.ones((3, 3)), iterations=2)
        assert plain.mask.any()
        assert np.array_equal(blinking.image[near], plain.image[near])
        assert (blinking.image != plain.image).sum() > 300


def test_a_line_is_off_as_a_whole_or_from_somewhere_on():
    whole = 0
    for index in range(12):
        broken, plain = _pair(index, line_defects=(1, 1), line_defect_contrast=(20, 20))
        rows, columns = np.nonzero(broken.image != plain.image)
        along = columns if len(np.unique(rows)) == 1 else rows
        assert min(len(np.unique(rows)), len(np.unique(columns))) == 1
        assert along.max() == (111 if along is columns else 95)
        whole += along.min() == 0
    assert 2 <= whole <= 10


def test_sharpening_steepens_edges_and_leaves_the_mask():
    sharp, plain = _pair(3, 2, sharpening=(1.5, 1.5))
    slopes = [np.abs(np.diff(scene.image.astype(float), axis=1)).mean() for scene in (sharp, plain)]
    assert slopes[0] > 1.3 * slopes[1]
    assert np.array_equal(sharp.mask, plain.mask)
    assert np.mean(sharp.image) == np.float64(sharp.image.mean())
    assert abs(sharp.image.mean() / plain.image.mean() - 1) < 0.02
