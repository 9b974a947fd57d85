import numpy as np
import pytest
from mmseg.registry import TRANSFORMS

from mdp_plugin.datasets.token_cache import TokenCache, image_digest

CELL = 4
MOVING = [
    dict(type='RandomScaleJitter', ratio_range=(0.6, 1.7)),
    dict(type='RandomTargetCrop', crop_size=(64, 64), target_prob=0.5),
    dict(type='RandomFlip', prob=[0.25, 0.25], direction=['horizontal', 'vertical']),
    dict(type='RandomQuarterTurn', prob=0.75),
    dict(type='RandomSymmetry', mask_offset=(-0.5, -0.5), area=(1, 40)),
]


@pytest.fixture
def scene(tmp_path):
    """A smooth image whose tokens are its own grey levels, so that they can be compared."""
    rows, columns = np.mgrid[:96, :112].astype(np.float32)
    image = rows + 0.01 * columns**2
    mask = np.zeros((96, 112), np.uint8)
    mask[40:44, 70:75] = 1
    cache = TokenCache(tmp_path)
    cache.open_for('maker', CELL)
    tokens = image.reshape(24, CELL, 28, CELL).mean((1, 3))
    cache.write(image, tokens[..., None])
    return dict(img=image, gt_seg_map=mask, seg_fields=['gt_seg_map'], img_path='scene.png')


def build(folder, steps=()):
    return TRANSFORMS.build(dict(type='LoadTokens', folder=str(folder), steps=list(steps)))


def copied(scene):
    return {**scene, 'img': scene['img'].copy(), 'gt_seg_map': scene['gt_seg_map'].copy()}


def test_tokens_follow_the_image_through_windows_scales_and_symmetries(scene, tmp_path):
    step = build(tmp_path, MOVING)
    for seed in range(30):
        np.random.seed(seed)
        found = step(copied(scene))
        assert found['img'].shape == (64, 64) and found['tokens']['encoder'] == 'maker'
        values = found['tokens']['values'].astype(np.float32)
        assert values.shape == (1, 8, 8)
        # What the network sees in a square of 8 pixels is what the token of the square says; the
        # border of an image that was extended by reflection is a kink.
        seen = found['img'].reshape(8, 8, 8, 8).mean((1, 3))
        assert np.median(np.abs(values[0] - seen)) < 0.6
        # Image and mask are those of the steps alone, and so is the next random number.
        after = np.random.rand()
        np.random.seed(seed)
        plain = copied(scene)
        for inner in MOVING:
            plain = TRANSFORMS.build(inner)(plain)
        np.testing.assert_array_equal(found['img'], plain['img'])
        np.testing.assert_array_equal(found['gt_seg_map'], plain['gt_seg_map'])
        assert after == np.random.rand()


def test_without_steps_the_whole_image_has_its_tokens(scene, tmp_path):
    found = build(tmp_path)(dict(img=scene['img'], img_path='scene.png'))
    assert found['tokens']['values'].shape == (1, 12, 14)


def test_an_image_that_has_changed_has_no_tokens(scene, tmp_path):
    step = build(tmp_path)
    changed = copied(scene)
    changed['img'][0, 0] += 1
    with pytest.raises(FileNotFoundError, match=r'scene\.png.*cache_tokens\.py'):
        step(changed)
    turned = copied(scene)
    turned['img'] = np.rot90(turned['img'])
    with pytest.raises(FileNotFoundError, match=r'scene\.png'):
        step(turned)
    assert image_digest(turned['img']) != image_digest(scene['img'])


def test_a_folder_without_tokens_or_of_another_encoder_is_refused(scene, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'cache_tokens\.py'):
        build(tmp_path / 'none')(copied(scene))
    with pytest.raises(ValueError, match='another encoder'):
        TokenCache(tmp_path).open_for('other', CELL)


def test_a_step_that_changes_more_than_places_is_refused(scene, tmp_path):
    steps = [dict(type='RandomInfraredIntensity')]
    with pytest.raises(ValueError, match='RandomInfraredIntensity'):
        build(tmp_path, steps)
