"""`mdpnet calibrate`: a threshold from frames without targets, which later frames keep."""

import json

import cv2
import numpy as np
import pytest
from drawn_videos import write_video

from mdp_plugin import TargetDetector
from mdp_plugin.cli import main
from mdp_plugin.evaluation.empty_frames import calibrate_on_empty
from mdp_plugin.evaluation.operating_points import OperatingPoints
from mdp_plugin.project_files import PACKAGE

EXPORTED = PACKAGE / 'weights/mdpnet-fine_cameras-512x640.onnx'
MODEL = ('--model', str(EXPORTED), '--threads', '1')


def frame_with_spots(seed, spots):
    """Noise and small spots of different brightness, which no mask calls targets."""
    random = np.random.default_rng(seed)
    image = random.normal(80, 2, (64, 80)).astype(np.float32)
    for _ in range(spots):
        y, x = random.integers(6, 58), random.integers(6, 74)
        image[y - 1 : y + 2, x - 1 : x + 2] += random.uniform(20, 150)
    return image.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope='module')
def frames(tmp_path_factory):
    """Forty frames, in every fourth of them a spot."""
    root = tmp_path_factory.mktemp('empty')
    for index in range(40):
        cv2.imwrite(str(root / f'{index}.png'), frame_with_spots(index, index % 4 == 0))
    return root


def test_the_threshold_keeps_the_rate(frames, tmp_path, capsys):
    file = tmp_path / 'new/camera.json'
    command = ['calibrate', str(frames), '--out', str(file), *MODEL]
    assert main([*command, '--false-alarms', '0.2/frame']) == 0
    told = capsys.readouterr().out
    points = OperatingPoints.load(file)
    assert points.frames == 40 and 'Pd' not in points.curve
    assert points.data == f'40 frames without targets ({frames.name})'
    detector = TargetDetector(EXPORTED, threads=1)
    assert points.confidence == detector.confidence
    # 3 false targets in 40 frames are 0.194 a frame or fewer, 4 would be 0.229.
    maps = [detector(frames / f'{index}.png').probability for index in range(40)]
    below = max(t for t in points.curve['threshold'] if t < points.threshold)
    counts = [
        sum(
            cv2.connectedComponents((each > np.float32(threshold)).view(np.uint8))[0] - 1
            for each in maps
        )
        for threshold in (points.threshold, below)
    ]
    assert counts[0] <= 3 < counts[1]
    assert f'{counts[0]} false targets in 40 frames' in told and '0.2/frame was asked for' in told
    assert 'With a certainty of 95%' in told and '.png (' in told
    # The commands take the file, and the rate that is read off its curve.
    out = ['--out', str(tmp_path / 'found'), '--overwrite', *MODEL]
    assert main(['detect', str(frames), '--operating-point', str(file), *out]) == 0
    assert f'{counts[0]} targets in 40 frames' in capsys.readouterr().out
    lower = [*out, '--false-alarms', '0/frame']
    assert main(['detect', str(frames), '--operating-point', str(file), *lower]) == 0
    told = capsys.readouterr()
    assert '0 targets in 40 frames' in told.out and '0 false targets in 40 frames' in told.err


def test_an_hour_of_a_video(tmp_path, capsys):
    video = write_video(tmp_path / 'sky.avi', [frame_with_spots(i, 0) for i in range(30)], rate=10)
    file = tmp_path / 'camera.json'
    command = ['calibrate', str(video), '--out', str(file), *MODEL]
    # 36000 frames an hour: 30 of them without a false alarm show 3595 an hour.
    assert main([*command, '--false-alarms', '3600/hour']) == 0
    assert '0 an hour' in capsys.readouterr().out
    assert main([*command, '--false-alarms', '3500/hour']) == 2
    told = capsys.readouterr().err
    assert 'show 3.59e+03 an hour or fewer' in told and '31 frames are needed' in told


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        ([], '--false-alarms RATE says which rate'),
        (['--false-alarms', '0.01/frame'], '300 frames are needed'),
        (['--false-alarms', '0/frame'], 'no number of frames shows 0/frame'),
        (['--false-alarms', '1/hour'], '1/hour needs the number of frames a second'),
        (['--false-alarms', 'few'], '"few" is no rate'),
    ],
)
def test_impossible_rates_are_refused(frames, tmp_path, arguments, words, capsys):
    file = tmp_path / 'camera.json'
    inputs = [str(frames / f'{index}.png') for index in range(3)]
    assert main(['calibrate', *inputs, '--out', str(file), *MODEL, *arguments]) == 2
    assert words in capsys.readouterr().err and not file.exists()


def test_a_frame_that_cannot_be_read_is_named(tmp_path, capsys):
    (tmp_path / 'cut.png').write_text('no picture')
    command = ['calibrate', str(tmp_path), '--false-alarms', '3/frame', *MODEL]
    assert main([*command, '--out', str(tmp_path / 'camera.json')]) == 2
    assert 'cut.png' in capsys.readouterr().err and not (tmp_path / 'camera.json').exists()


def test_a_forgotten_target_is_named():
    quiet = np.zeros((40, 40), np.float32)
    sure = quiet.copy()
    sure[5:8, 5:8] = 1
    maps = [(str(index), sure if index == 7 else quiet) for index in range(31)]
    with pytest.raises(ValueError, match=r'no threshold keeps 0\.1/frame.*are in "7" \(1\), '):
        calibrate_on_empty(maps, '0.1/frame')
    # A rate of pixels is that of the table, without a bound.
    found = calibrate_on_empty(maps, f'{9 / (31 * 1600)}/pixel')
    assert found.points.threshold == pytest.approx(1e-6) and found.num_false == 1
    assert 'certainty' not in str(found)
    with pytest.raises(ValueError, match='there is no frame'):
        calibrate_on_empty([], '0.1/frame')


def test_it_runs_without_the_host(frames, tmp_path, project_root):
    from test_light_imports import run_without_host

    file = tmp_path / 'camera.json'
    options = ['--false-alarms', '0.5/frame', '--out', str(file), '--threads', '1']
    assert 'threshold' in run_without_host(project_root, ['calibrate', str(frames), *options])
    assert json.loads(file.read_text())['frames'] == 40
