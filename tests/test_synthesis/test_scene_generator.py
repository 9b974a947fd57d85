"""Scenes: reproducible, registered, with the requested targets."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import ndimage

from mdp_plugin.imaging.signal_to_clutter import signal_to_clutter
from mdp_plugin.synthesis import (
    DistractorSettings,
    SceneGenerator,
    SceneSettings,
    SensorSettings,
    TargetSettings,
)
from mdp_plugin.synthesis.backgrounds import BACKGROUNDS

EIGHT = np.ones((3, 3))
SMALL = SceneSettings(size=(96, 112))


def _digest(index: int) -> str:
    scene = SceneGenerator(SMALL, seed=5)(index)
    return hashlib.sha256(scene.image.tobytes() + scene.mask.tobytes()).hexdigest()


def test_image_depends_on_seed_and_index_only():
    generator = SceneGenerator(SMALL, seed=5)
    in_order = [generator(i).image for i in range(4)]
    assert np.array_equal(SceneGenerator(SMALL, seed=5)(3).image, in_order[3])
    assert not np.array_equal(in_order[0], in_order[1])
    assert not np.array_equal(SceneGenerator(SMALL, seed=6)(0).image, in_order[0])


def test_image_is_the_same_in_another_process(project_root):
    """Also without the host packages: the generator is NumPy, SciPy and (for files) OpenCV."""
    code = """
import hashlib, sys
from mdp_plugin.synthesis import SceneGenerator, SceneSettings
generator = SceneGenerator(SceneSettings(size=(96, 112)), seed=5)
for index in (2, 0):
    scene = generator(index)
    print(hashlib.sha256(scene.image.tobytes() + scene.mask.tobytes()).hexdigest())
assert not {'torch', 'mmengine', 'mmseg'} & set(sys.modules)
"""
    env = dict(os.environ, PYTHONHASHSEED='17')
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=project_root, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [_digest(2), _digest(0)]


def test_target_settings_leave_the_background_alone():
    def scene(**targets):
        return SceneGenerator(SceneSettings(size=(96, 96), targets=TargetSettings(**targets)), 1)(4)

    empty, other = scene(count=(0, 0)), scene(count=(2, 2))
    outside = ~ndimage.binary_dilation(other.mask > 0, iterations=12)
    assert outside.mean() > 0.3
    assert np.array_equal(empty.image[outside], other.image[outside])


@pytest.mark.parametrize('kind', sorted(BACKGROUNDS))
@pytest.mark.parametrize('size', [(33, 32), (64, 150)])
def test_every_background_at_odd_sizes(kind, size):
    generator = SceneGenerator(SceneSettings(size=size, backgrounds={kind: 1}), seed=2)
    for index in range(8):
        scene = generator(index)
        assert scene.background == kind
        assert scene.image.shape == scene.mask.shape == size
        assert scene.image.dtype == np.uint8
        assert scene.image.std() > 1
        assert set(np.unique(scene.mask)) <= {0, 255}


def test_number_of_targets_is_the_number_of_components():
    settings = SceneSettings(size=(128, 128), targets=TargetSettings(count=(0, 4)))
    generator = SceneGenerator(settings, seed=3)
    found = []
    for index in range(60):
        scene = generator(index)
        labels, number = ndimage.label(scene.mask, EIGHT)
        assert number == len(scene.targets)
        assert sorted(np.bincount(labels.ravel())[1:]) == sorted(t.area for t in scene.targets)
        found.append(number)
    assert set(found) == {0, 1, 2, 3, 4}


def test_no_targets_means_an_empty_mask():
    settings = SceneSettings(size=(64, 64), targets=TargetSettings(count=(0, 0)))
    scene = SceneGenerator(settings)(0)
    assert scene.targets == ()
    assert not scene.mask.any()


def test_crowded_image_gets_as_many_targets_as_fit():
    settings = SceneSettings(size=(32, 32), targets=TargetSettings(count=(60, 60)))
    scene = SceneGenerator(settings)(0)
    assert 1 < len(scene.targets) < 60
    assert ndimage.label(scene.mask, EIGHT)[1] == len(scene.targets)


def test_mask_is_registered_to_the_target():
    generator = SceneGenerator(SceneSettings(size=(128, 128)), seed=11)
    offsets = []
    for index in range(150):
        scene = generator(index)
        labels, _ = ndimage.label(scene.mask, EIGHT)
        for target in scene.targets:
            label = labels[round(target.y), round(target.x)]
            assert label > 0
            centroid = ndimage.center_of_mass(labels == label)
            offsets.append((centroid[0] - target.y, centroid[1] - target.x))
    offsets = np.array(offsets)
    assert len(offsets) > 200
    assert np.abs(offsets.mean(0)).max() < 0.03  # no bias
    assert np.abs(offsets).mean(0).max() < 0.1


def test_radiance_is_registered_to_the_mask():
    """The image itself, not only the record, has its target where the mask says."""
    quiet = SensorSettings(noise=(0.01, 0.01), column_noise=(0, 0), row_noise=(0, 0))
    common = dict(size=(96, 96), backgrounds={'sky': 1}, sensor=quiet, bit_depth=16)
    point = dict(shapes={'point': 1}, contrast=(60, 60))
    with_target = SceneGenerator(
        SceneSettings(targets=TargetSettings(count=(1, 1), **point), **common), 4
    )
    without = SceneGenerator(SceneSettings(targets=TargetSettings(count=(0, 0)), **common), 4)
    offsets = []
    for index in range(25):
        scene = with_target(index)
        own = np.clip(scene.image.astype(float) - without(index).image, 0, None)
        centroid = ndimage.center_of_mass(own)
        target = scene.targets[0]
        offsets.append((centroid[0] - target.y, centroid[1] - target.x))
    assert np.abs(offsets).max() < 0.05


def test_mask_is_where_the_contribution_exceeds_the_stated_fraction():
    common = dict(size=(64, 64), backgrounds={'sky': 1}, bit_depth=16)
    for fraction in (0.25, 0.6):
        targets = TargetSettings(count=(1, 1), mask_fraction=fraction)
        scene = SceneGenerator(SceneSettings(targets=targets, **common), 8)(1)
        empty = SceneGenerator(SceneSettings(targets=TargetSettings(count=(0, 0)), **common), 8)(1)
        own = scene.image.astype(float) - empty.image
        inside = own[scene.mask > 0].min() / own.max()
        outside = own[scene.mask == 0].max() / own.max()
        assert outside < fraction + 0.01
        assert inside > fraction - 0.01


def test_measured_signal_to_clutter_is_the_requested_one():
    quiet = DistractorSettings(blobs=(0, 0), lines=(0, 0))
    sensor = SensorSettings(hot_pixels=(0, 0), dead_pixels=(0, 0), vignetting=(0, 0))
    for wanted in (6.0, 12.0):
        settings = SceneSettings(
            size=(128, 128),
            bit_depth=16,
            targets=TargetSettings(
                count=(1, 1), scr=(wanted, wanted), contrast=(0, 255), shapes={'point': 1}
            ),
            distractors=quiet,
            sensor=sensor,
        )
        generator = SceneGenerator(settings, seed=9)
        measured = []
        for index in range(60):
            scene = generator(index)
            (target,) = scene.targets
            if target.scr < 0.999 * wanted:  # the scene is too bright for so strong a target
                continue
            assert target.scr == pytest.approx(wanted)
            measured.append(signal_to_clutter(scene.image, scene.mask > 0))
        assert len(measured) > 40
        # Clutter under the target scatters around the ratio, tails of the spread lower it a bit.
        assert np.median(measured) == pytest.approx(wanted, rel=0.08)
        assert np.mean(np.abs(np.array(measured) / wanted - 1) < 0.3) > 0.75


def test_contrast_bounds_the_peak():
    targets = TargetSettings(count=(2, 2), scr=(0.01, 0.02), contrast=(40, 50), border=10)
    generator = SceneGenerator(SceneSettings(size=(96, 96), targets=targets))
    peaks = [t.peak for i in range(10) for t in generator(i).targets]
    assert len(peaks) == 20
    assert max(peaks) <= 50
    assert np.median(peaks) == pytest.approx(40)


def test_default_targets_are_as_large_as_those_of_sirst():
    generator = SceneGenerator(SceneSettings(size=(128, 128)), seed=1)
    areas = [t.area for i in range(120) for t in generator(i).targets]
    assert 15 <= np.median(areas) <= 25
    assert np.quantile(areas, 0.05) >= 5


def test_ships_swim():
    targets = TargetSettings(count=(3, 3))
    sea = SceneGenerator(
        SceneSettings(size=(128, 128), backgrounds={'sea': 1}, targets=targets), seed=1
    )
    shapes = [t.shape for i in range(20) for t in sea(i).targets]
    assert shapes.count('ship') > 15
    dry = SceneGenerator(
        SceneSettings(size=(128, 128), backgrounds={'sky': 1, 'town': 1}, targets=targets), seed=1
    )
    assert 'ship' not in [t.shape for i in range(20) for t in dry(i).targets]


def test_sixteen_bit_images_use_their_depth():
    for kind in sorted(BACKGROUNDS):
        settings = SceneSettings(size=(96, 96), bit_depth=16, backgrounds={kind: 1})
        images = [SceneGenerator(settings, seed=2)(i).image for i in range(6)]
        assert all(image.dtype == np.uint16 for image in images)
        assert max(image.max() for image in images) <= 16383
        assert max(image.max() for image in images) > 4096
        # Far more grey levels than 8 bits could tell apart, and not a scaled 8-bit image.
        assert np.median([len(np.unique(image)) for image in images]) > 600
        values = np.unique(np.concatenate([image.ravel() for image in images]))
        assert np.gcd.reduce(np.diff(values)) == 1


def test_both_depths_show_the_same_scene():
    eight = SceneGenerator(SMALL, seed=5)(1).image
    sixteen = SceneGenerator(SceneSettings(size=SMALL.size, bit_depth=16), seed=5)(1).image
    assert np.abs(sixteen * (255 / 16383) - eight).max() <= 0.51


def test_hot_pixels_are_single_and_not_in_the_mask():
    hot = SensorSettings(hot_pixels=(12, 12), dead_pixels=(0, 0))
    none = SensorSettings(hot_pixels=(0, 0), dead_pixels=(0, 0))
    common = dict(size=(96, 96), targets=TargetSettings(count=(0, 0)))
    bright = SceneGenerator(SceneSettings(sensor=hot, **common), 3)(0)
    plain = SceneGenerator(SceneSettings(sensor=none, **common), 3)(0)
    changed = bright.image != plain.image
    assert 8 <= changed.sum() <= 12
    assert (bright.image[changed] >= plain.image.max() - 1).all()
    assert not bright.mask.any()


def test_distractors_change_the_image_and_not_the_mask():
    def scene(number):
        distractors = DistractorSettings(blobs=(number, number), lines=(number, number))
        settings = SceneSettings(
            size=(96, 96), targets=TargetSettings(count=(0, 0)), distractors=distractors
        )
        return SceneGenerator(settings, 3)(1)

    assert np.abs(scene(4).image.astype(int) - scene(0).image).max() > 5
    assert not scene(4).mask.any()


# Sixteen-bit images of the generator's first version, every 40th pixel from the 8th on, by 64.
FIRST_VERSION = [
    ('ground', [[87, 79, 90], [90, 82, 87], [90, 81, 73]], 57),
    ('sky', [[145, 153, 149], [160, 161, 157], [172, 179, 179]], 41),
    ('sea', [[108, 188, 109], [84, 177, 83], [74, 83, 73]], 44),
    ('sky', [[109, 110, 98], [118, 119, 110], [131, 131, 127]], 71),
    ('sea', [[99, 105, 95], [93, 91, 103], [94, 97, 92]], 23),
    ('cloud', [[63, 66, 67], [76, 83, 75], [90, 90, 85]], 53),
]


def test_settings_without_the_new_kinds_draw_the_scenes_of_before():
    """With a tolerance of one, as Fourier transforms differ in the last bit between machines."""
    generator = SceneGenerator(SceneSettings(size=(96, 128), bit_depth=16), seed=5)
    for index, (kind, values, pixels) in enumerate(FIRST_VERSION):
        scene = generator(index)
        assert scene.background == kind
        assert np.abs(scene.image[8::40, 8::40] // 64 - np.array(values)).max() <= 1
        assert abs(int((scene.mask > 0).sum()) - pixels) <= 1


def test_share_of_scenes_without_any_target():
    def empty(share):
        targets = TargetSettings(count=(1, 2), empty_share=share)
        generator = SceneGenerator(SceneSettings(size=(48, 48), targets=targets), 1)
        return sum(not generator(i).mask.any() for i in range(60))

    assert empty(0.0) == 0
    assert 20 <= empty(0.5) <= 40
    assert empty(1.0) == 60


def test_no_target_is_fainter_than_the_least_ratio():
    faint = dict(count=(2, 2), scr=(1.0, 1.5), contrast=(3.0, 60.0))
    sizes = dict(size=(96, 96), backgrounds={'town': 1, 'ground': 1, 'cloud': 1})
    ratios = {}
    for least in (0.0, 1.2):
        settings = SceneSettings(targets=TargetSettings(least_scr=least, **faint), **sizes)
        generator = SceneGenerator(settings, 2)
        ratios[least] = [t.scr for i in range(25) for t in generator(i).targets]
    assert min(ratios[0.0]) < 1.2
    assert len(ratios[1.2]) > 5 and min(ratios[1.2]) >= 1.2


def test_targets_keep_off_structures_where_they_are_told_to():
    """Before a forest that fills the picture there is no place; without the rule there is."""
    trees = DistractorSettings(trees=(12, 12), tree_height=(2000, 2000))
    found = {}
    for allowed in (True, False):
        targets = TargetSettings(count=(3, 3), before_structures=allowed)
        settings = SceneSettings(
            size=(64, 64), backgrounds={'sky': 1}, targets=targets, distractors=trees
        )
        generator = SceneGenerator(settings, 3)
        lower = [t for i in range(12) for t in generator(i).targets if t.y > 54]
        found[allowed] = len(lower)
    assert found[True] >= 2
    assert found[False] == 0


def test_targets_of_the_cluttered_preset_have_the_sizes_of_real_ones():
    settings = SceneSettings.preset('cluttered', size=(96, 96), targets=dict(empty_share=0))
    generator = SceneGenerator(settings, seed=4)
    targets = [t for i in range(50) for t in generator(i).targets]
    areas = np.array([t.area for t in targets])
    assert areas.min() <= 4
    assert 40 <= np.quantile(areas, 0.95) <= 110
    assert np.quantile([t.scr for t in targets], 0.1) < 4


@pytest.mark.parametrize('seed', [-1, 1.5, True, '0'])
def test_bad_seed_is_refused(seed):
    with pytest.raises(ValueError, match='seed must be a whole number'):
        SceneGenerator(seed=seed)
