"""`mdpnet detect FOLDER --follow` while a thread writes into the folder, as a camera would."""

import csv
import json
import os
import shutil
import signal
import threading
import time

import cv2
import pytest

from mdp_plugin.cli import main
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

GENERATOR = SceneGenerator(SceneSettings(size=(64, 80)))
PICTURES = [cv2.imencode('.png', GENERATOR(number).image)[1].tobytes() for number in range(4)]
DETECT = ['detect', '--model', 'top-hat', '--threads', '1']


def rows(out):
    with (out / 'targets.csv').open() as table:
        return sorted(tuple(row.items()) for row in csv.DictReader(table))


def files_of(out):
    return sorted({dict(row)['file'] for row in rows(out)})


def done(out):
    """How many files the record holds."""
    record = out / 'record.jsonl'
    return record.read_bytes().count(b'"overlay"') if record.exists() else 0


def wait_for(condition):
    """Wait until something has happened in the run, which a busy machine makes slow."""
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)


@pytest.fixture
def beside():
    """Start a function beside the run; its errors count."""
    threads, errors = [], []

    def start(function):
        def run():
            try:
                function()
            except BaseException as error:  # told by the test
                errors.append(error)

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(20)
    assert not errors


def test_files_that_come_are_found_as_if_they_had_been_there(tmp_path, capsys, beside):
    """One is written slowly, one breaks off for a while, two are replaced, one of them badly."""
    folder = tmp_path / 'incoming'
    out = folder / 'found'  # its overlays are no input
    folder.mkdir()
    (folder / 'there.png').write_bytes(PICTURES[0])
    (folder / 'spoilt.png').write_bytes(PICTURES[3])
    (folder / 'broken.png').write_bytes(PICTURES[1][:900])

    def camera():
        wait_for(lambda: done(out) == 2)  # the broken one is before them
        (folder / 'spoilt.png').write_bytes(PICTURES[3][:900])
        with (folder / 'broken.png').open('ab') as broken:
            broken.write(PICTURES[1][900:])
        (folder / 'note.txt').write_text('no picture')
        (folder / 'night').mkdir()
        (folder / 'night/new.png').write_bytes(PICTURES[0])
        (folder / 'there.png.part').write_bytes(PICTURES[3])
        (folder / 'there.png.part').replace(folder / 'there.png')
        with (folder / 'slow.png').open('wb', buffering=0) as slow:
            parts = len(PICTURES[2]) // 7
            for begin in range(0, len(PICTURES[2]), parts):
                slow.write(PICTURES[2][begin : begin + parts])
                time.sleep(0.1)
        wait_for(lambda: done(out) == 6)
        os.kill(os.getpid(), signal.SIGINT)

    beside(camera)
    options = ['--follow', '--overlay', '--format', 'csv', 'coco']
    assert main([*DETECT, str(folder), '--out', str(out), *options]) == 1
    said = capsys.readouterr()
    assert 'broken.png' in said.err and 'slow.png' not in said.err
    assert '8 files have come, ' in said.out  # three of them twice
    assert '1 of 5 files failed' in said.err  # the spoilt one; the broken one is whole now
    assert files_of(out) == ['broken.png', 'night/new.png', 'slow.png', 'there.png']
    overlays = sorted(path.name for path in (out / 'overlays').rglob('*.png'))
    assert overlays == [f'{name}.png.png' for name in ('broken', 'new', 'slow', 'spoilt', 'there')]
    images = json.loads((out / 'targets_coco.json').read_text())['images']
    assert len(images) == 4
    assert main([*DETECT, str(folder), '--out', str(tmp_path / 'afterwards')]) == 1
    assert rows(tmp_path / 'afterwards') == rows(out)


def test_ctrl_c_leaves_whole_tables_and_the_same_command_goes_on(tmp_path, capsys, beside):
    folder, out = tmp_path / 'incoming', tmp_path / 'found'
    folder.mkdir()
    (folder / 'a.png').write_bytes(PICTURES[0])
    command = [*DETECT, str(folder), '--out', str(out), '--follow']

    def interrupt():
        wait_for(lambda: done(out) == 1)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    beside(interrupt)
    assert main(command) == 0
    assert signal.getsignal(signal.SIGINT) is before
    assert files_of(out) == ['a.png'] and '1 file has come' in capsys.readouterr().out
    (folder / 'b.png').write_bytes(PICTURES[1])
    (folder / 'c.png').write_bytes(PICTURES[2][:900])
    assert main([*command, '--timeout', '0.1']) == 1
    said = capsys.readouterr()
    assert '2 files have come' in said.out and '1 of 3 files done before' in said.out
    assert 'c.png: ' in said.err and '1 of 3 files failed' in said.err
    assert files_of(out) == ['a.png', 'b.png'] and done(out) == 2


def test_a_folder_into_which_nothing_comes_and_one_that_goes(tmp_path, capsys, beside):
    folder, out = tmp_path / 'incoming', tmp_path / 'found'
    folder.mkdir()
    command = [*DETECT, str(folder), '--out', str(out), '--follow']
    assert main([*command, '--timeout', '0.1']) == 1
    assert f'{folder}: no picture or video has come for 0.1 seconds' in capsys.readouterr().err
    (folder / 'a.png').write_bytes(PICTURES[0])

    def leave():
        wait_for(lambda: done(out) == 1)
        shutil.rmtree(folder)

    beside(leave)
    assert main(command) == 1
    assert f'{folder}: the folder cannot be read any more' in capsys.readouterr().err
    assert files_of(out) == ['a.png']


def test_what_cannot_be_followed_is_told(tmp_path, capsys):
    folder, picture, out = tmp_path / 'incoming', tmp_path / 'a.png', tmp_path / 'out'
    folder.mkdir()
    picture.write_bytes(PICTURES[0])
    for inputs, said in (
        ([picture], f'"{picture}" is no folder'),
        ([tmp_path / 'none'], 'none" is no folder'),
        (['-'], '"-" is no folder'),
        (['rtsp://camera'], '"rtsp://camera" is no folder'),
        ([folder, folder], '--follow looks at one folder'),
        ([out / 'overlays'], 'holds overlays of `mdpnet detect`'),
        ([folder, '--track'], '--track needs the frames in their order; leave --follow out'),
        ([folder, '--workers', '2'], '--follow takes files as they come; leave --workers out'),
        ([folder, '--timeout', '0'], '--timeout must be positive'),
        ([folder, '--raw', '80x64:gray'], '--raw says what standard input holds'),
        ([folder, '--false-alarms', '10/hour'], '--frame-rate'),
    ):
        (out / 'overlays').mkdir(parents=True, exist_ok=True)
        assert main([*DETECT, '--out', str(out), '--follow', *map(str, inputs)]) == 2, inputs
        assert said in capsys.readouterr().err
    assert not (out / 'record.jsonl').exists()
