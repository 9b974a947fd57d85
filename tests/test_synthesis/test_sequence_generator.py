"""Sequences: motion, noise, what stays fixed, numbers of the targets."""

import csv
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy import ndimage

from mdp_plugin.cli import main
from mdp_plugin.synthesis import (
    SceneSettings,
    SensorSettings,
    SequenceGenerator,
    SequenceSettings,
    TargetSettings,
)

QUIET = SensorSettings(
    noise=(0.01, 0.01), row_noise=(0, 0), column_noise=(0, 0), hot_pixels=(0, 0), dead_pixels=(0, 0)
)
POINTS = TargetSettings(count=(3, 3), shapes=dict(point=1), contrast=(60, 60))
STILL = dict(drift=(0, 0), jitter=(0, 0))


def settings(frames=12, sensor=QUIET, targets=POINTS, size=(80, 96), **motion):
    scene = SceneSettings(size=size, bit_depth=16, sensor=sensor, targets=targets)
    return SequenceSettings(scene, frames, **motion)


def frames_of(index=0, seed=0, **options):
    return list(SequenceGenerator(settings(**options), seed)(index))


def test_a_sequence_depends_on_seed_and_number_only():
    generator = SequenceGenerator(settings(sensor=SensorSettings()), seed=5)
    first = list(generator(3))
    list(generator(1))
    for one, other in zip(first, generator(3), strict=True):
        assert np.array_equal(one.image, other.image) and one.targets == other.targets
        assert np.array_equal(one.labels, other.labels)
    other = next(SequenceGenerator(settings(sensor=SensorSettings()), seed=6)(3))
    assert not np.array_equal(first[0].image, other.image)
    shorter = list(SequenceGenerator(settings(5, sensor=SensorSettings()), seed=5)(3))
    assert len(first) == 12 and len(shorter) == 5


def test_targets_are_where_the_truth_says():
    found = 0
    for index in range(4):
        with_targets = frames_of(index)
        without = frames_of(index, targets=replace(POINTS, count=(0, 0)))
        for one, other in zip(with_targets, without, strict=True):
            added = one.image.astype(float) - other.image
            assert ((one.mask > 0) == (one.labels > 0)).all()
            assert len({t.id for t in one.targets}) == len(one.targets) and not other.targets
            for target in one.targets:
                own = one.labels == target.id
                assert own.sum() == target.area
                inside = min(target.x, target.y, 95 - target.x, 79 - target.y) > 6
                apart = all(
                    t.id == target.id or np.hypot(t.x - target.x, t.y - target.y) > 15
                    for t in one.targets
                )
                if inside and apart:
                    centre = ndimage.center_of_mass(np.where(own, added, 0))
                    assert centre == pytest.approx((target.y, target.x), abs=0.3)
                    found += 1
    assert found > 50


def test_targets_move_at_constant_speed_turn_and_pass_the_borders():
    frames = frames_of(frames=40, speed=(2, 2), turn=(3, 3), **STILL)
    paths = {}
    for number, frame in enumerate(frames):
        for target in frame.targets:
            paths.setdefault(target.id, {})[number] = target.y, target.x
    assert set(paths) == {1, 2, 3}  # each is in the frame at one time
    assert any(len(path) < 40 for path in paths.values())  # speed 2 for 40 frames
    for path in paths.values():
        places = np.array(list(path.values()))
        assert list(path) == list(range(min(path), max(path) + 1)) or len(path) < 40
        steps = np.diff(places, axis=0)
        if len(places) < 3 or len(path) != max(path) - min(path) + 1:
            continue
        assert np.hypot(*steps.T) == pytest.approx(2)
        turns = np.diff(np.unwrap(np.arctan2(*steps.T)))
        assert np.rad2deg(turns) == pytest.approx(turns[0] * 180 / np.pi) != 0
        assert abs(np.rad2deg(turns[0])) == pytest.approx(3)


def test_the_camera_moves_over_the_scene():
    empty = replace(POINTS, count=(0, 0))
    still = [frame.image.astype(int) for frame in frames_of(targets=empty, **STILL)]
    assert all(np.abs(image - still[0]).max() < 10 for image in still)  # of 16383: noise
    moved = [
        f.image.astype(float) for f in frames_of(targets=empty, drift=(1.5, 1.5), jitter=(0, 0))
    ]
    # The shift that brings a frame back to the first one is that of the drift.
    window = np.outer(np.hanning(80), np.hanning(96))
    first, third = (np.fft.rfft2(window * (image - image.mean())) for image in moved[:3:2])
    cross = first * third.conj()
    peak = np.fft.irfft2(cross / np.abs(cross).clip(1e-9))
    shift = np.unravel_index(peak.argmax(), peak.shape)
    shift = [min(value, side - value) for value, side in zip(shift, peak.shape)]
    assert np.hypot(*shift) == pytest.approx(3, abs=0.8)


def test_noise_is_new_in_each_frame_and_patterns_stay():
    empty = replace(POINTS, count=(0, 0))
    sensor = SensorSettings(
        noise=(1, 1), row_noise=(3, 3), column_noise=(0, 0), hot_pixels=(2, 2), dead_pixels=(0, 0)
    )
    frames = np.array([f.image for f in frames_of(targets=empty, sensor=sensor, **STILL)], float)
    frames *= 255 / 16383
    differences = np.diff(frames, axis=0)
    assert differences.std() == pytest.approx(2**0.5, rel=0.05)
    assert np.abs(np.corrcoef(differences[0].ravel(), differences[2].ravel())[0, 1]) < 0.05
    # Rows stay while the camera drifts over the scene.
    moving = frames_of(targets=empty, sensor=sensor, drift=(3, 3), jitter=(0, 0))
    rows = [ndimage.convolve1d(f.image.mean(axis=1) * 255 / 16383, [-0.5, 1, -0.5]) for f in moving]
    assert np.corrcoef(rows[0], rows[-1])[0, 1] > 0.9
    # Hot pixels are the same ones, whatever is behind them.
    hot = [
        set(zip(*np.nonzero(f.image - ndimage.median_filter(f.image, 3).astype(float) > 600)))
        for f in frames_of(sensor=replace(QUIET, hot_pixels=(2, 2)), targets=empty, drift=(2, 2))
    ]
    assert set.intersection(*hot)


def test_the_command_writes_and_goes_on(tmp_path):
    out = tmp_path / 'made'
    command = ['synth', str(out), '--sequence', '4', '--size', '64', '80', '--drift', '0', '1']
    assert main([*command, '--num', '1']) == 0
    folder = out / 'sequence_0000'
    before = (folder / 'images/000003.png').stat().st_mtime_ns
    with (folder / 'truth.csv').open() as file:
        rows = list(csv.DictReader(file))
    scene = SceneSettings(size=(64, 80))
    for number, frame in enumerate(SequenceGenerator(SequenceSettings(scene, 4, drift=(0, 1)))(0)):
        image, mask = (
            cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED)
            for name in (f'images/{number:06d}.png', f'masks/{number:06d}_pixels0.png')
        )
        assert np.array_equal(image, frame.image) and np.array_equal(mask, frame.mask)
        of_frame = [row for row in rows if int(row['frame']) == number]
        assert [int(row['target_id']) for row in of_frame] == [t.id for t in frame.targets]
        assert [float(row['x']) for row in of_frame] == [round(t.x, 3) for t in frame.targets]
    # A second one is added; one without its table is made anew.
    assert main([*command, '--num', '2']) == 0
    assert (folder / 'images/000003.png').stat().st_mtime_ns == before
    assert (out / 'sequence_0001/truth.csv').is_file()
    (folder / 'truth.csv').unlink()
    assert main([*command, '--num', '2']) == 0 and (folder / 'truth.csv').is_file()
    assert main([*command[:3], '5', *command[4:], '--num', '2']) == 2  # other settings
    assert main([*command[:3], '5', *command[4:], '--num', '2', '--overwrite']) == 0
    assert json.loads((out / 'synthetic.json').read_text())['frames'] == 5
    assert len(list(folder.glob('images/*.png'))) == 5


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        (('--sequence', '0'), 'frames must be 1 or more, got 0'),
        (('--sequence', '3', '--speed', '2', '1'), 'SequenceSettings.speed must satisfy'),
        (('--sequence', '9000', '--drift', '1', '1'), 'take fewer frames or a smaller drift'),
        (('--sequence', '3', '--num', '0'), 'num must be a whole number >= 1'),
        (('--sequence', '3', '--fractions', '1', '1', '1'), '--fractions are shares of images'),
        (('--speed', '1', '2'), '--speed is for sequences; add --sequence FRAMES'),
    ],
)
def test_bad_options_are_named(tmp_path, capsys, options, said):
    assert main(['synth', str(tmp_path / 'made'), *options]) == 2
    assert said in capsys.readouterr().err
