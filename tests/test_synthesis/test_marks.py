"""On-screen marks: sharp, and never over a target."""

import numpy as np
import pytest
from scipy import ndimage

from mdp_plugin.synthesis import (
    DistractorSettings,
    SceneGenerator,
    SceneSettings,
    TargetSettings,
)
from mdp_plugin.synthesis.marks import _MARKS, draw_marks


def test_marks_are_sharp_and_free_of_noise():
    settings = DistractorSettings(marks=(3, 3))
    for bit_depth, white in ((8, 255), (16, 16383)):
        scene = SceneSettings(
            size=(128, 160),
            bit_depth=bit_depth,
            distractors=settings,
            targets=TargetSettings(count=(0, 0)),
        )
        plain = SceneSettings(
            size=(128, 160), bit_depth=bit_depth, targets=TargetSettings(count=(0, 0))
        )
        for index in range(6):
            with_marks = SceneGenerator(scene, 2)(index).image
            without = SceneGenerator(plain, 2)(index).image
            changed = with_marks[with_marks != without]
            # One value, and that of the outline.
            assert 1 <= len(np.unique(changed)) <= 2
            assert changed.max() <= white


def test_share_of_images_with_marks():
    def number(share):
        settings = DistractorSettings(marks=(1, 2), mark_share=share)
        return sum(
            draw_marks(np.random.default_rng(seed), (64, 64), settings) is not None
            for seed in range(60)
        )

    assert number(0.0) == 0
    assert 8 <= number(0.3) <= 30
    assert number(1.0) == 60


@pytest.mark.parametrize('kind', _MARKS)
def test_every_mark_at_every_size(kind):
    for seed in range(20):
        for shape in ((32, 33), (200, 90)):
            pixels = np.zeros(shape, bool)
            _MARKS[kind](np.random.default_rng(seed), pixels, 7 + 3 * seed, 1 + seed % 2)
            assert pixels.mean() < 0.6
    big = np.zeros((300, 400), bool)
    _MARKS[kind](np.random.default_rng(1), big, 20, 1)
    assert big.any()


def test_no_mark_hides_a_target():
    settings = SceneSettings(
        size=(96, 96),
        bit_depth=16,
        distractors=DistractorSettings(marks=(4, 6)),
        targets=TargetSettings(count=(3, 3)),
    )
    seen = 0
    for index in range(20):
        scene = SceneGenerator(settings, 5)(index)
        screen = draw_marks(
            np.random.default_rng(np.random.SeedSequence([5, index]).spawn(7)[5]),
            settings.size,
            settings.distractors,
        )
        near = ndimage.binary_dilation(~np.isnan(screen), np.ones((3, 3)), iterations=2)
        assert not (near & (scene.mask > 0)).any()
        seen += len(scene.targets)
    assert seen > 30
