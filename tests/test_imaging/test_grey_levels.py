"""The rule for grey levels: given ones, measured ones, pixels that are no numbers."""

import warnings

import cv2
import numpy as np
import pytest

from mdp_plugin.imaging.grey_levels import GreyLevels, LevelsWarning, stretch
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

SCENE = SceneGenerator(SceneSettings(size=(200, 240)), seed=3)(0).image
INT_TYPES = (np.int16, np.int32, np.int64, np.uint16, np.uint32)


@pytest.mark.filterwarnings('ignore::mdp_plugin.imaging.grey_levels.LevelsWarning')
def test_images_of_eight_bits_stay_as_they_are():
    for image in (SCENE, np.dstack([SCENE] * 3), SCENE // 20, np.zeros((40, 50), np.uint8)):
        grey = GreyLevels()(image)
        assert grey.dtype == np.float32 and np.shares_memory(grey, image) is False
        one = image if image.ndim == 2 else image[..., 0]
        np.testing.assert_allclose(grey, one, atol=1e-4)
    assert np.array_equal(GreyLevels()(SCENE), SCENE)
    # White above 255 is meant for others in the same folder.
    assert np.array_equal(GreyLevels(white_level=16383)(SCENE), SCENE)


@pytest.mark.parametrize('dtype', [np.uint8, *INT_TYPES, np.float16, np.float32, np.float64])
def test_given_levels_hold_for_every_type(dtype):
    image = np.array([[20, 70], [120, 95]], dtype)
    expected = [[0, 127.5], [255, 191.25]]
    np.testing.assert_allclose(GreyLevels(20, 120)(image), expected, atol=1e-3)
    colour = np.dstack([image] * 3)
    np.testing.assert_allclose(GreyLevels(20, 120)(colour), expected, atol=0.02)
    np.testing.assert_allclose(
        GreyLevels(white_level=200)(image), image.astype(float) * 255 / 200, atol=1e-3
    )


@pytest.mark.parametrize('dtype', [np.uint8, *INT_TYPES, np.float32, np.float64])
@pytest.mark.parametrize(
    'options', [{}, dict(white_level=255), dict(black_level=5, white_level=250)]
)
def test_a_black_hot_image_is_the_negative_of_a_white_hot_one(dtype, options):
    image = SCENE.astype(dtype)
    expected = GreyLevels(**options)(image)
    found = GreyLevels(**options, polarity='black-hot')(dtype(255) - image)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_black_hot_turns_over_what_is_shown():
    counts = np.array([[0, 16383, 65535]], np.uint16)
    levels = GreyLevels(levels='full', polarity='black-hot')
    np.testing.assert_allclose(levels(counts), 255 - counts / 257, atol=1e-3)
    mask = SCENE > 200
    np.testing.assert_array_equal(levels(~mask), GreyLevels()(mask))


def test_what_is_given_replaces_levels_and_polarity_apart():
    camera = GreyLevels(white_level=16383, polarity='black-hot')
    assert camera.updated().to_dict() == camera.to_dict()
    assert camera.updated(levels='auto').to_dict() == GreyLevels(polarity='black-hot').to_dict()
    assert camera.updated(polarity='white-hot').to_dict() == GreyLevels(None, 16383).to_dict()


def test_one_level_is_completed_by_the_type():
    image = np.array([[1000, 65535]], np.uint16)
    np.testing.assert_allclose(GreyLevels(1000)(image), [[0, 255]])
    np.testing.assert_allclose(GreyLevels(levels='full')(image), image / 257, atol=1e-4)
    as_they_are = GreyLevels(levels='full')(image / 300)
    np.testing.assert_allclose(as_they_are, image / 300, atol=1e-4)
    assert as_they_are.dtype == np.float32
    with pytest.raises(ValueError, match='black level needs a white level'):
        GreyLevels(280)(np.ones((3, 3)))
    for wrong in ((None, 0), (300, 200), (np.nan, 3)):
        with pytest.raises(ValueError, match='must be'):
            GreyLevels(*wrong)


def test_a_scene_is_seen_alike_in_every_unit():
    expected = GreyLevels()(SCENE.astype(np.float32))
    assert 45 < np.percentile(expected, 1) < 90 and 165 < np.percentile(expected, 99) < 210
    assert expected.max() == pytest.approx(255, abs=0.01)
    for dtype in INT_TYPES:
        counts = (SCENE.astype(np.int64) * 64 + 5000).astype(dtype)
        np.testing.assert_allclose(GreyLevels()(counts), expected, atol=0.02)
    for image in (SCENE / 255, 280 + SCENE / 8, SCENE * 1e6 - 3e7, (280 + SCENE / 8).astype('f4')):
        np.testing.assert_allclose(GreyLevels()(image), expected, atol=0.05)
    coarse = np.rint(7950 + SCENE / 255 * 100).astype(np.uint16)
    assert np.abs(GreyLevels()(coarse) - expected).mean() < 1.5


def test_what_is_far_brighter_does_not_hide_the_rest():
    frame = (8000 + SCENE.astype(np.float64) / 2).astype(np.uint16)
    alone = GreyLevels()(frame)
    frame[5, 5] = 16383
    hot = GreyLevels()(frame)
    assert hot[5, 5] == 255
    assert hot.std() > alone.std() / 5  # it would be 1/60 without a bound


@pytest.mark.parametrize('value', [0, 8000])
@pytest.mark.parametrize('dtype', [np.uint16, np.int32, np.float32])
def test_noise_of_single_counts_stays_noise_of_few_levels(dtype, value):
    frame = np.full((96, 128), value, dtype)
    np.testing.assert_allclose(GreyLevels()(frame), 128, atol=1)
    if dtype != np.float32:
        frame[::7, ::5] += 1
        assert np.ptp(GreyLevels()(frame)) == pytest.approx((208 - 48) / 10, rel=1e-4)


def test_the_levels_of_a_video_change_slowly():
    frames = [(8000 + SCENE * (1.0 + 0.3 * (i % 2))).astype(np.uint16) for i in range(20)]
    video = GreyLevels().for_video()
    measured = [video.measured(frame)[1] for frame in frames]
    single = [stretch(frame.astype(np.float32)) for frame in frames]
    assert measured[0] == single[0]
    for index in (0, 1):
        steps, jumps = (np.diff([levels[index] for levels in all_]) for all_ in (measured, single))
        assert 0 < np.abs(steps).max() < 0.15 * np.abs(jumps).max()
    # A new scene is measured anew.
    bright = frames[0] + 20000
    np.testing.assert_array_equal(video(bright), GreyLevels()(bright))
    # A black-hot one is followed in the same way.
    black_hot = GreyLevels(polarity='black-hot').for_video()
    for frame, levels in zip(frames, measured, strict=True):
        found = black_hot.measured(65535 - frame)[1]
        np.testing.assert_allclose(found[:2], [65535 - level for level in levels[:2]])


def test_pixels_that_are_no_numbers_are_filled_and_counted():
    values = (280 + SCENE / 8).astype(np.float32)
    expected = GreyLevels()(values)
    broken = values.copy()
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 200, 30), rng.integers(0, 240, 30)
    broken[rows[:20], columns[:20]], broken[rows[20:], columns[20:]] = np.nan, np.inf
    broken[60:100, 60:120] = np.nan
    levels = GreyLevels()
    with pytest.warns(LevelsWarning, match='NaN or infinite, filled from the neighbours: a.tif'):
        grey = levels(broken, 'a.tif')
    assert np.isfinite(grey).all()
    away = np.isfinite(broken)
    np.testing.assert_allclose(grey[away], expected[away], atol=3)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        levels(broken, 'b.tif')
    count = 2 * int((~away).sum())
    assert levels.remarks() == [
        f'{count} pixels are NaN or infinite, filled from the neighbours: 2 frames, the first a.tif'
    ]
    with pytest.raises(ValueError, match=r'c\.tif holds no number'):
        levels(np.full((40, 40), np.nan), 'c.tif')
    with pytest.raises(ValueError, match='no pixels'):
        levels(np.zeros((0, 40)))


@pytest.mark.parametrize(
    ('levels', 'image', 'sentence'),
    [
        (GreyLevels(white_level=16383), SCENE.astype(np.uint16) + 8000, 'less than a tenth'),
        (GreyLevels(8000, 8100), SCENE.astype(np.uint16) + 8000, 'the range is left'),
        (GreyLevels(levels='full'), SCENE / 2000, 'less than a tenth'),
        (GreyLevels(levels='full'), SCENE + 280.0, 'the range is left'),
        (GreyLevels(), SCENE // 20, 'less than a tenth'),
    ],
)
def test_frames_that_do_not_fit_are_named_once(levels, image, sentence):
    with pytest.warns(LevelsWarning) as caught:
        for name in ('a.tif', 'b.tif'):
            levels(image, name)
    (warning,) = caught
    assert sentence in str(warning.message) and 'a.tif' in str(warning.message)
    (remark,) = levels.remarks()
    assert '2 frames, the first a.tif' in remark and 'Give black and white level' in remark
    assert ('"auto"' in remark) == (levels.rule == 'full')


def test_ordinary_frames_are_not_remarked_upon():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        for levels, image in (
            (GreyLevels(), SCENE),
            (GreyLevels(), SCENE.astype(np.uint16)),
            (GreyLevels(white_level=16383), SCENE.astype(np.uint16) * 64),
            (GreyLevels(white_level=16383), np.full((40, 40), 900, np.uint16)),
        ):
            levels(image)
            assert not levels.remarks()


def test_ignored_pixels_are_filled():
    ignored = np.zeros(SCENE.shape, bool)
    ignored[:20, :60] = True
    marked = SCENE.copy()
    marked[:20, :60] = 255
    grey = GreyLevels(ignored=ignored)(marked)
    assert np.array_equal(grey[~ignored], SCENE[~ignored])
    assert grey[:20, :60].max() <= SCENE[:24, :64].max() < 255
    with pytest.raises(ValueError, match=r'\(100, 100\), the ignore mask \(200, 240\)'):
        GreyLevels(ignored=ignored)(SCENE[:100, :100])


def test_luma_does_not_depend_on_the_type():
    colour = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    expected = cv2.cvtColor(colour.astype(np.float32), cv2.COLOR_BGR2GRAY)
    for dtype in (np.uint8, *INT_TYPES, np.float32, np.float64):
        for planes in (colour, np.dstack([colour, colour[..., 0]])):  # alpha says nothing
            grey = GreyLevels(0, 255)(planes.astype(dtype))
            np.testing.assert_allclose(grey, expected, atol=1e-3)
