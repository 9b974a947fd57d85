"""What `mdpnet detect` remembers of earlier runs, and what it must not."""

import csv
import fcntl
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_videos import write_video

from mdp_plugin.cli import main
from mdp_plugin.deploy.seal import seal
from mdp_plugin.detection import TargetDetector
from mdp_plugin.project_files import PACKAGE, PROJECT_ROOT
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

SCENES = SceneGenerator(SceneSettings(size=(96, 128)), seed=1)
#: Starts without PyTorch.
EXPORTED = PACKAGE / 'weights/mdpnet-fine_cameras-512x640.onnx'
MODEL = ('--model', str(EXPORTED), '--threads', '1', '--threshold', '0.5')


@pytest.fixture
def folder(tmp_path):
    """Two pictures and a video."""
    root = tmp_path / 'frames'
    root.mkdir()
    for index, name in enumerate(('a.png', 'b.png')):
        cv2.imwrite(str(root / name), SCENES(index).image)
    write_video(root / 'clip.avi', [SCENES(index).image for index in range(4)])
    return root


@pytest.fixture
def seen(monkeypatch):
    """One entry for each frame that the network has seen."""
    seen = []
    call = TargetDetector._detect
    monkeypatch.setattr(
        TargetDetector, '_detect', lambda self, *args: (seen.append(1), call(self, *args))[1]
    )
    return seen


def targets_of(out):
    with (out / 'targets.csv').open(newline='') as file:
        return [(row['file'], row['x'], row['y']) for row in csv.DictReader(file)]


def test_a_stopped_run_goes_on(folder, tmp_path, seen):
    out = tmp_path / 'found'
    command = ['detect', str(folder), '--out', str(out), *MODEL]
    assert main(command) == 0
    whole = (out / 'targets.csv').read_text()
    record = (out / 'record.jsonl').read_bytes()
    lines = record.splitlines(keepends=True)
    # Cut off in the middle of the video's third frame, between two lines, and at any other place.
    at = next(i for i, line in enumerate(lines) if json.loads(line).get('frame') == 2)
    done = len(b''.join(lines[:at]))
    for keep, left in ((done + 20, 4), (done, 4), (len(record) - 1, 4), (30, 6), (0, 6)):
        (out / 'record.jsonl').write_bytes(record[:keep])
        seen.clear()
        assert main(command) == 0
        assert (out / 'targets.csv').read_text() == whole
        assert (out / 'record.jsonl').read_bytes() == record
        assert len(seen) == left
    seen.clear()
    assert main(command) == 0 and not seen
    assert main([*command, '--threshold', '0.3']) == 2
    assert main([*command, '--threshold', '0.3', '--overwrite']) == 0 and len(seen) == 6


def test_files_of_one_name_are_not_confused(tmp_path, capsys):
    out = tmp_path / 'found'
    found = {}
    for index, name in enumerate('ab'):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / '0001.png'), SCENES(index).image)
    for name in 'aba':
        assert main(['detect', str(tmp_path / name), '--out', str(out), *MODEL]) == 0
        assert targets_of(out) == found.setdefault(name, targets_of(out))
    assert found['a'] != found['b']
    assert '1 of 1 file done before' in capsys.readouterr().out
    # A file that was replaced is another one.
    cv2.imwrite(str(tmp_path / 'a/0001.png'), SCENES(1).image)
    assert main(['detect', str(tmp_path / 'a'), '--out', str(out), *MODEL]) == 0
    assert targets_of(out) == found['b']


def test_tables_list_what_was_asked_for(folder, tmp_path):
    out = tmp_path / 'found'
    command = ['--out', str(out), *MODEL]
    assert main(['detect', str(folder), *command]) == 0
    both = targets_of(out)
    assert main(['detect', str(folder / 'b.png'), *command]) == 0
    assert targets_of(out) == [row for row in both if row[0] == 'b.png'] != both


@pytest.mark.parametrize('kind', ['config', 'export'])
def test_other_weights_at_the_same_place_are_noticed(folder, tmp_path, capsys, kind):
    out, weights = tmp_path / 'found', tmp_path / 'weights.pth'
    if kind == 'config':
        config = PROJECT_ROOT / 'configs/mdpnet/mdpnet-fine_nudt-sirst-256x256.py'
        stem = PACKAGE / 'weights/mdpnet-fine'
        files = [Path(f'{stem}{name}_nudt-sirst-256x256.pth') for name in ('', '_upright')]
        model = f'{config},{weights}'
    else:
        weights = tmp_path / 'detector.onnx'
        files = [EXPORTED, tmp_path / 'other.onnx']
        content = EXPORTED.read_bytes()
        files[1].write_bytes(re.sub(rb'"threshold": 0\.\d', rb'"threshold": 0.4', content))
        assert files[1].read_bytes() != content
        seal(files[1])
        model = str(weights)
    command = ['detect', str(folder), '--out', str(out), '--model', model]
    shutil.copy(files[0], weights)
    assert main(command) == 0
    shutil.copy(files[1], weights)
    capsys.readouterr()
    assert main(command) == 2
    assert 'holds results of other settings (network: ' in capsys.readouterr().err
    assert main([*command, '--overwrite']) == 0


def test_overlays_of_a_second_run(folder, tmp_path, seen):
    """They are drawn when they are asked for, once, and again when they belong to other results."""
    out = tmp_path / 'found'
    command = ['detect', str(folder), '--out', str(out), *MODEL]
    assert main(command) == 0
    assert not (out / 'overlays').exists()
    table = (out / 'targets.csv').read_bytes()
    seen.clear()
    assert main([*command, '--overlay']) == 0 and len(seen) == 6
    drawn = sorted(path.name for path in (out / 'overlays').iterdir())
    assert drawn == ['a.png.png', 'b.png.png', 'clip.avi.mp4']
    assert (out / 'targets.csv').read_bytes() == table
    seen.clear()
    assert main([*command, '--overlay']) == 0 and not seen
    assert main([*command, '--overlay', '--overwrite']) == 0 and len(seen) == 6


def test_overlays_are_no_input(folder, monkeypatch, seen):
    monkeypatch.chdir(folder)
    for _ in range(2):
        seen.clear()
        assert main(['detect', '.', '--overlay', '--overwrite', *MODEL]) == 0 and len(seen) == 6
    # Neither are those of another run.
    assert main(['detect', '.', '--overlay', '--out', 'other', *MODEL]) == 0 and len(seen) == 12
    assert main(['detect', 'detections', *MODEL]) == 2


def test_a_file_of_others_is_left_alone(folder, tmp_path, capsys):
    out = tmp_path / 'found'
    out.mkdir()
    for content in ('my notes\n', '{"file": "a.png"}\n', '[]\n'):
        (out / 'record.jsonl').write_text(content)
        assert main(['detect', str(folder), '--out', str(out), *MODEL]) == 2
        assert 'of another version or program' in capsys.readouterr().err
        assert (out / 'record.jsonl').read_text() == content


def test_one_process_at_a_time(folder, tmp_path, capsys):
    out = tmp_path / 'found'
    command = ['detect', str(folder), '--out', str(out), *MODEL]
    assert main(command) == 0
    with (out / 'record.jsonl').open('a') as held:  # as the process does that runs already
        fcntl.flock(held, fcntl.LOCK_EX)
        for option in ([], ['--overwrite']):
            assert main([*command, *option]) == 2
            assert f'another process writes to "{out}"' in capsys.readouterr().err
    assert main(command) == 0
    assert '3 of 3 files done before' in capsys.readouterr().out


def detect(arguments, most=resource.RLIM_INFINITY):
    """Run the command in a process of its own; files that grow beyond ``most`` bytes cannot."""
    return subprocess.run(
        [sys.executable, '-m', 'mdp_plugin.cli', 'detect', *map(str, arguments)],
        capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ('most', 'name', 'option'),
    [(600, 'a.png', []), (4_000, 'a.png', ['--overlay']), (5_000, 'clip.avi', ['--overlay'])],
    ids=['record', 'picture', 'video'],
)
def test_a_full_disk_is_named_and_loses_nothing(folder, tmp_path, most, name, option):
    out = tmp_path / 'found'
    command = [folder / name, *MODEL, '--format', 'json', '--out', out, *option]
    done = detect(command, most)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert f'mdpnet detect: cannot write "{out}' in done.stderr
    assert (name if option else 'record.jsonl') in done.stderr
    assert 'the same command goes on from here' in done.stderr and 'Traceback' not in done.stderr
    assert not (out / 'targets.json').exists()
    assert detect(command).returncode == 0
    table = (out / 'targets.json').read_bytes()
    for path in out.rglob('*.png'):
        assert cv2.imread(str(path)).shape == (96, 128, 3)
    assert len(list(out.rglob('*.*'))) == 2 + len(option)
    expected = ['detect', str(folder / name), *MODEL, '--format', 'json', '--out']
    assert main([*expected, str(tmp_path / 'expected')]) == 0
    assert (tmp_path / 'expected/targets.json').read_bytes() == table


def test_a_table_that_cannot_be_written(folder, tmp_path):
    """The one of before stays, and the run is not done in vain."""
    command = [folder / 'a.png', *MODEL, '--out', tmp_path / 'found', '--format', 'json']
    assert detect(command).returncode == 0
    table = (tmp_path / 'found/targets.json').read_bytes()
    done = detect([*command, 'coco'], len(table) - 1)
    assert done.returncode == 1 and 'targets.json": File too large' in done.stderr
    assert (tmp_path / 'found/targets.json').read_bytes() == table
    names = {path.name for path in (tmp_path / 'found').iterdir()}
    assert names == {'record.jsonl', 'targets.json'}


def test_what_cannot_be_written_is_named(folder, tmp_path, capsys):
    (tmp_path / 'file').write_text('no folder')
    (tmp_path / 'found').mkdir()
    (tmp_path / 'found/overlays').write_text('no folder')
    for out, option in (('file', []), ('file/sub', []), ('found', ['--overlay'])):
        command = ['detect', str(folder), '--out', str(tmp_path / out), *MODEL, *option]
        assert main(command) == 1
        assert f'cannot write "{tmp_path / out}' in capsys.readouterr().err


def test_a_file_that_changes_while_it_is_read(folder, tmp_path, monkeypatch, capsys):
    call = TargetDetector._detect

    def touching(self, *args):
        os.utime(folder / 'b.png', ns=(1, len(touched)))
        touched.append(1)
        return call(self, *args)

    touched = []
    monkeypatch.setattr(TargetDetector, '_detect', touching)
    out = tmp_path / 'found'
    assert main(['detect', str(folder), '--out', str(out), *MODEL]) == 1
    assert 'b.png" has changed while it was read' in capsys.readouterr().err
    assert {row[0] for row in targets_of(out)} == {'a.png', 'clip.avi'}


def test_signal_to_clutter_of_many_targets(tmp_path):
    """The values of a whole-frame mask, from the neighbourhood alone."""
    from mdp_plugin.detection.targets import find_targets
    from mdp_plugin.imaging.signal_to_clutter import signal_to_clutter

    rng = np.random.default_rng(0)
    image = rng.random((200, 300), np.float32) * 255
    probability = (rng.random(image.shape, np.float32) > 0.997).astype(np.float32)
    probability[[0, 0, 199, 199], [0, 299, 0, 299]] = 1
    targets = find_targets(probability, image=image)
    labels = cv2.connectedComponents((probability > 0.5).view(np.uint8), connectivity=8)[1]
    assert len(targets) == labels.max() > 100
    for target in targets:
        x, y, width, height = target.box
        inside = labels == labels[y : y + height, x : x + width].max()
        if np.unique(labels[y : y + height, x : x + width]).size <= 2:
            assert target.scr == signal_to_clutter(image, inside)

    def extra(frame):
        """CPU seconds that the ratios of the same targets take."""
        likely = np.zeros(frame.shape, np.float32)
        likely[:200, :300] = probability
        seconds = []
        for given in (None, frame, None, frame):
            start = time.process_time()
            find_targets(likely, image=given)
            seconds.append(time.process_time() - start)
        return min(seconds[1::2]) - min(seconds[::2])

    # A frame of 256 times the pixels takes no longer for them.
    assert extra(np.tile(image, (16, 16))) < 6 * extra(image)
