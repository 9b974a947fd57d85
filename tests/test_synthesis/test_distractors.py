"""Each kind of distractor leaves its mark where it belongs, and nowhere else."""

import numpy as np
import pytest
from scipy import ndimage

from mdp_plugin.synthesis import DistractorSettings, SceneGenerator, SceneSettings
from mdp_plugin.synthesis.backgrounds import Background
from mdp_plugin.synthesis.distractors import ON_LAND, ON_SEA, PAINTERS, add_structures

HEIGHT, WIDTH = 160, 200
SKY, SEA = 80.0, 40.0


def _background(kind: str) -> Background:
    """A flat scene: all sky, ground below row 60, or sea below it."""
    levels = np.full((HEIGHT, WIDTH), SKY, np.float32)
    if kind == 'sky':
        return Background(levels)
    levels[60:] = SEA
    if kind == 'sea':
        return Background(levels, sea_top=60, sky_bottom=60)
    return Background(levels, sky_bottom=60, ground_top=60)


def _drawn(
    kind: str, number: int = 1, seed: int = 0, where: str | None = None, **settings
) -> tuple[Background, np.ndarray]:
    """One kind of distractor on the scene that it belongs to; also what it changed, in levels."""
    where = where or ('sea' if kind in ON_SEA else 'sky' if kind == 'clouds' else 'ground')
    background = _background(where)
    before = background.levels.copy()
    counts = dict(blobs=(0, 0), lines=(0, 0)) | {kind: (number, number)}
    distractors = DistractorSettings(**counts, **settings)
    add_structures(np.random.SeedSequence(seed), background, distractors)
    return background, background.levels - before


@pytest.mark.parametrize('kind', PAINTERS)
def test_every_kind_changes_the_scene_and_its_absence_does_not(kind):
    changes = [_drawn(kind, 2, seed)[1] for seed in range(5)]
    # Now and then one lies outside the picture.
    assert sum(np.abs(change).max() > 4 for change in changes) >= 4
    assert all(np.isfinite(change).all() for change in changes)
    assert not _drawn(kind, 0)[1].any()
    assert np.array_equal(_drawn(kind, 2, 3)[1], changes[3])


@pytest.mark.parametrize('kind', sorted(ON_LAND | {'spots'}))
def test_structures_are_marked_where_they_are(kind):
    hidden = [
        (np.abs(change) > 2)[background.structures].mean()
        for background, change in (_drawn(kind, 4, seed) for seed in range(5))
        if background.structures.any()
    ]
    assert len(hidden) >= 4
    # All around a light its place is marked, so half of that is as it was.
    assert np.median(hidden) > (0.1 if kind in ('lamps', 'pylons') else 0.6)


def test_what_is_not_on_land_stays_off_the_sea_and_the_other_way_round():
    numbers = dict.fromkeys(ON_LAND, (3, 3))
    sea = _background('sea')
    before = sea.levels.copy()
    add_structures(np.random.SeedSequence(0), sea, DistractorSettings(**numbers))
    assert np.array_equal(sea.levels, before)
    ground = _background('ground')
    before = ground.levels.copy()
    add_structures(np.random.SeedSequence(0), ground, DistractorSettings(glints=(3, 3)))
    assert np.array_equal(ground.levels, before)


def test_one_kind_leaves_the_others_as_they_are():
    """Each has a stream of its own: clouds above do not move the spots below."""
    alone, both = _background('ground'), _background('ground')
    add_structures(np.random.SeedSequence(1), alone, DistractorSettings(spots=(2, 2)))
    add_structures(np.random.SeedSequence(1), both, DistractorSettings(spots=(2, 2), clouds=(3, 3)))
    assert np.array_equal(alone.levels[60:], both.levels[60:])
    assert not np.array_equal(alone.levels[:60], both.levels[:60])


def test_clouds_are_bright_and_stay_in_the_sky():
    for seed in range(6):
        background = _background('ground')
        settings = DistractorSettings(clouds=(4, 4), cloud_contrast=(60, 60))
        add_structures(np.random.SeedSequence(seed), background, settings)
        assert (background.levels[60:] == SEA).all()
        assert background.levels.min() >= min(SKY, SEA)
        assert 20 < (background.levels[:60] - SKY).max() < 400


def test_fragments_lie_around_their_cloud():
    numbers = [
        np.mean(
            [
                ndimage.label(
                    _drawn('clouds', 1, seed, cloud_length=(60, 60), cloud_fragments=(n, n))[1] > 2
                )[1]
                for seed in range(8)
            ]
        )
        for n in (0, 8)
    ]
    assert numbers[1] > numbers[0] + 2


def test_glint_sparkles_on_the_sea_alone():
    background, change = _drawn('glints', 1, 2, glint_sparkles=(150, 150))
    assert not change[:60].any()
    assert change.min() == 0 and change.max() <= DistractorSettings().glint_contrast[1] + 0.01
    labels, number = ndimage.label(change > 0, np.ones((3, 3)))
    boxes = ndimage.find_objects(labels)
    assert number > 40
    assert np.median([box[0].stop - box[0].start for box in boxes]) <= 2
    assert background.sea_top == 60


def test_spots_are_larger_than_targets_and_below_the_sky():
    areas = []
    for seed in range(12):
        _, change = _drawn('spots', 1, seed, spot_contrast=(80, 80))
        assert not change[:20].any()
        areas.append(int((np.abs(change) > 4).sum()))
    assert np.median(areas) > 80


def test_no_spot_floats_in_an_empty_sky():
    background = _background('sky')
    add_structures(np.random.SeedSequence(0), background, DistractorSettings(spots=(5, 5)))
    assert (background.levels == SKY).all()


def test_buildings_have_windows_and_stand_on_the_lower_edge():
    for seed in range(6):
        background = _background('sky')
        settings = DistractorSettings(
            buildings=(1, 1), building_width=(60, 90), window_contrast=(40, 40)
        )
        add_structures(np.random.SeedSequence(seed), background, settings)
        rows, columns = np.nonzero(background.structures)
        if len(rows) < 400:  # most of it lies outside
            continue
        assert rows.max() == HEIGHT - 1
        wall = background.levels[HEIGHT // 2 :, columns.min() : columns.max() + 1]
        assert np.abs(np.diff(wall, axis=1)).max() > 15  # edges, corners
        assert background.structures[-1].any()


def test_lamps_have_a_pole_and_are_compact():
    found = 0
    for seed in range(10):
        background, change = _drawn('lamps', 1, seed, 'sky', lamp_contrast=(150, 150))
        light = change > 75
        if not light.any():
            continue
        found += 1
        assert light.sum() <= 120
        assert background.structures[light].all()
        foot = np.abs(change[np.nonzero(light)[0].max() + 3 :]) > 3
        assert foot.any()
    assert found >= 6


def test_chimneys_are_hot_at_the_mouth():
    for seed in range(8):
        background, _ = _drawn(
            'chimneys', 1, seed, 'sky', chimney_contrast=(120, 120), chimney_width=(8, 14)
        )
        rows = np.nonzero(background.structures.any(1))[0]
        if background.structures.sum() < 100:  # most of it lies outside
            continue
        inside = np.where(background.structures, background.levels, np.nan)
        mouth = np.nanmax(inside[rows[0] : rows[0] + 4])
        assert mouth > np.nanmedian(inside[rows[len(rows) // 2] :]) + 20


@pytest.mark.parametrize('kind', ['sky', 'cloud', 'sea', 'ground', 'town'])
@pytest.mark.parametrize('size', [(32, 33), (70, 150), (300, 64)])
def test_the_cluttered_preset_at_odd_sizes(kind, size):
    generator = SceneGenerator(
        SceneSettings.preset('cluttered', size=size, backgrounds={kind: 1}), seed=3
    )
    for index in range(10):
        scene = generator(index)
        assert scene.image.shape == size
        assert scene.image.std() > 0.3
        assert len(scene.targets) == ndimage.label(scene.mask, np.ones((3, 3)))[1]
