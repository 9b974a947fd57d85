"""`mdpnet detect --workers`: whatever happens, what one process gives."""

import json
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from mdp_plugin.cli import main
from mdp_plugin.detection.file_detector import End
from mdp_plugin.detection.workers import Workers, usual_workers
from mdp_plugin.experiments.interrupted_detection import differences, write_frames
from mdp_plugin.project_files import PACKAGE, PROJECT_ROOT

#: Starts without PyTorch.
EXPORTED = PACKAGE / 'weights/mdpnet-fine_cameras-512x640.onnx'
OPTIONS = (
    '--model',
    str(EXPORTED),
    '--threshold',
    '0.5',
    '--format',
    'csv',
    'json',
    'coco',
    '--overlay',
)


@pytest.fixture(scope='module')
def frames(tmp_path_factory):
    """Pictures, pages and videos, one of each damaged, and two frames with pixels of no number."""
    folder = tmp_path_factory.mktemp('workers') / 'frames'
    write_frames(folder, 80)
    for name in ('frame3.png', 'pages0.tif', 'clip0.mkv'):
        content = (folder / name).read_bytes()
        (folder / f'cut_{name}').write_bytes(content[: len(content) // 2])
    for index in (7, 8):
        picture = np.full((64, 64), index, np.float32)
        picture[index, :30] = np.nan
        cv2.imwrite(str(folder / f'number{index}.tif'), picture)
    return folder


@pytest.fixture(scope='module')
def one(frames):
    """Results of a single process."""
    out = frames.parent / 'one'
    assert main(['detect', str(frames), '--out', str(out), *OPTIONS, '--threads', '1']) == 1
    return out


def finished(out):
    """How many files a record holds."""
    record = out / 'record.jsonl'
    return record.read_bytes().count(b'{"frames"') if record.exists() else 0


def kill_workers(out, stop):
    """Kill a worker after every fifth file."""
    killed = 0
    while not stop.is_set():
        workers = multiprocessing.active_children()
        if workers and finished(out) >= 5 * (killed + 1):
            os.kill(workers[killed % len(workers)].pid, signal.SIGKILL)
            killed += 1
        time.sleep(0.002)
    return killed


def test_record_tables_and_overlays_are_those_of_one(frames, one, tmp_path, capfd):
    """Although workers are killed on the way."""
    out, stop, killed = tmp_path / 'two', threading.Event(), []
    killer = threading.Thread(target=lambda: killed.append(kill_workers(out, stop)))
    killer.start()
    try:
        command = ['detect', str(frames), '--out', str(out), *OPTIONS, '--workers', '2']
        assert main([*command, '--threads', '2']) == 1
    finally:
        stop.set()
        killer.join()
    assert killed[0] >= 2
    assert differences(one, out) == []
    told = capfd.readouterr()
    assert '60 pixels are NaN or infinite' in told.err and 'the first number7.tif' in told.err
    for name in ('frame3.png', 'pages0.tif', 'clip0.mkv'):
        assert f'cut_{name}: ' in told.err
    assert '3 of 28 files failed' in told.err and 'Traceback' not in told.err
    assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform == 'win32', reason='signals of POSIX')
def test_interrupted_by_the_keyboard(frames, tmp_path):
    """All processes get the signal, as they do from a terminal; later another number goes on."""
    many = tmp_path / 'many'
    shutil.copytree(frames, many, copy_function=os.link)
    for number in range(400):  # so many that no machine is through before the signal comes
        os.link(frames / 'frame0.png', many / f'more{number}.png')
    out = tmp_path / 'found'
    command = ['detect', str(many), *OPTIONS, '--threads', '1', '--out']
    process = subprocess.Popen(
        [sys.executable, '-m', 'mdp_plugin.cli', *command, str(out), '--workers', '2'],
        cwd=PROJECT_ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    while finished(out) < 3 and process.poll() is None:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 130, told
    assert 'stopped; the same command goes on from here' in told and 'Traceback' not in told
    with pytest.raises(ProcessLookupError):  # soon nobody of its group is left
        for _ in range(1000):
            os.killpg(process.pid, 0)
            time.sleep(0.02)
    assert 3 <= finished(out) < 425
    assert main([*command, str(out)]) == 1
    assert main([*command, str(tmp_path / 'one')]) == 1
    for table in ('targets.csv', 'targets.json', 'targets_coco.json'):
        assert (out / table).read_bytes() == (tmp_path / 'one' / table).read_bytes()


@pytest.mark.parametrize(('most', 'name'), [(3_000, 'record.jsonl'), (6_000, 'overlays')])
def test_a_full_disk(frames, tmp_path, most, name):
    """In the first process, which writes the record, and in a worker, which draws."""
    out = tmp_path / 'found'
    pictures = map(str, sorted(frames.glob('frame*.png')))
    if name == 'record.jsonl':
        pictures = [*pictures, str(frames / 'pages0.tif')]
    command = ['detect', *pictures, '--out', str(out), '--model', 'top-hat', '--workers', '2']
    command += ['--overlay'] if name == 'overlays' else []
    done = subprocess.run(
        [sys.executable, '-m', 'mdp_plugin.cli', *command],
        cwd=PROJECT_ROOT, capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )  # fmt: skip
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert f'mdpnet detect: cannot write "{out}/{name}' in done.stderr
    assert 'the same command goes on from here' in done.stderr and 'Traceback' not in done.stderr


def test_a_file_on_which_workers_die():
    """It counts as damaged after the third; the files after it are done."""
    with Workers(os._exit, 1) as workers:
        (part,) = workers.run([(0, 3)])
    assert part[:2] == (0, 3) and isinstance(part[2], End)
    assert part[2].fault == '3 workers died on it; the last process ended with status 3'


def test_how_many_there_are_by_themselves(frames, tmp_path, capsys):
    assert [usual_workers(files, 8) for files in (1, 199, 200, 5000)] == [1, 1, 2, 8]
    command = ['detect', str(frames / 'frame3.png'), '--out', str(tmp_path / 'out')]
    for options, message in (
        (['--workers', '0'], 'workers must lie between 1 and 1024, got 0'),
        (['--workers', '2', '--track'], '--track needs the frames in their order'),
    ):
        assert main([*command, *options]) == 2
        assert message in capsys.readouterr().err


def test_a_network_that_is_gone(frames, tmp_path, capsys):
    """Workers load it anew; the sentence is that of a single process."""
    copy = tmp_path / 'net.onnx'
    copy.write_bytes(EXPORTED.read_bytes())
    removal = threading.Thread(target=lambda: (wait_for(tmp_path / 'out'), copy.unlink()))
    removal.start()
    status = main(
        ['detect', str(frames), '--out', str(tmp_path / 'out'), '--model', str(copy),
         '--workers', '2']
    )  # fmt: skip
    removal.join()
    assert status == 2
    assert f'exported model not found: "{copy}"' in capsys.readouterr().err
    lines = (tmp_path / 'out/record.jsonl').read_text().splitlines()
    assert [json.loads(line).keys() for line in lines] == [{'settings': 0}.keys()]


def wait_for(out: Path) -> None:
    while not (out / 'record.jsonl').exists():
        time.sleep(0.001)
