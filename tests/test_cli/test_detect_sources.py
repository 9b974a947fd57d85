"""`mdpnet detect` on lists of files and on other storages: what the files give by themselves."""

import json
import zipfile

import cv2
import fsspec
import pytest
from drawn_videos import write_video

from mdp_plugin.cli import main
from mdp_plugin.detection.sources import find_sources
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

SCENES = SceneGenerator(SceneSettings(size=(96, 128)), seed=1)
OPTIONS = ('--model', 'top-hat', '--format', 'json', '--overlay')


@pytest.fixture
def frames(tmp_path, monkeypatch):
    """Pictures of two cameras with equal names, pages, a video, and a picture that is cut off."""
    folder = tmp_path / 'frames'
    for index, camera in enumerate('ab'):
        (folder / camera).mkdir(parents=True)
        cv2.imwrite(str(folder / camera / '1.png'), SCENES(index).image)
    cv2.imwritemulti(str(folder / 'pages.tif'), [SCENES(index).image for index in (2, 3)])
    write_video(folder / 'clip.mkv', [SCENES(index).image for index in (4, 5)])
    content = (folder / 'a/1.png').read_bytes()
    (folder / 'b/cut.png').write_bytes(content[: len(content) // 2])
    monkeypatch.chdir(tmp_path)
    assert main(['detect', 'frames', '--out', 'plain', *OPTIONS]) == 1
    return folder


def listed(out):
    return json.loads((out / 'targets.json').read_text())


def test_a_list_of_files(frames, tmp_path, capfd):
    """In its own order, relative to the current folder; names are as if the files were given."""
    order = ['b/1.png', 'clip.mkv', 'pages.tif', 'b/gone.png', 'a/1.png', 'b/1.png', 'b/cut.png']
    text = '\r\n'.join(f'frames/{name}' for name in order)
    (tmp_path / 'list.txt').write_text(f'{text}\n\n', encoding='utf-8-sig')
    assert main(['detect', '@list.txt', '--out', 'found', *OPTIONS, '--workers', '2']) == 1
    told = capfd.readouterr().err
    assert 'gone.png: ' in told and 'cut.png: ' in told and '2 of 6 files failed' in told
    plain = {}
    for line in listed(tmp_path / 'plain'):
        plain.setdefault(line['file'], []).append(line)
    expected = [line for name in order[:5] for line in plain.get(name, ())]
    assert listed(tmp_path / 'found') == expected
    (tmp_path / 'list.txt').write_bytes('a.png\n'.encode('utf-16'))
    assert main(['detect', '@list.txt', '--out', 'found', *OPTIONS]) == 2
    assert '"list.txt" is no list of files' in capfd.readouterr().err


def test_an_archive(frames, tmp_path, capfd):
    """Read where it is, by workers as well; damage names the address."""
    with zipfile.ZipFile('frames.zip', 'w') as archive:
        for path in sorted(frames.rglob('*.*')):
            archive.write(path, path.relative_to(tmp_path))
    command = ['zip://frames::frames.zip', *OPTIONS, '--workers', '2']
    assert main(['detect', *command, '--out', 'found']) == 1
    told = capfd.readouterr().err
    assert 'b/cut.png: cannot read "zip://frames/b/cut.png::frames.zip" as an image' in told
    for name in ('targets.json', 'overlays/a/1.png.png', 'overlays/clip.mkv.mp4'):
        assert (tmp_path / 'found' / name).read_bytes() == (tmp_path / 'plain' / name).read_bytes()
    # It goes on from there, and does anew what has changed.
    assert main(['detect', *command, '--out', 'found']) == 1
    assert '4 of 5 files done before' in capfd.readouterr().out


def test_a_storage_in_memory(frames, capfd):
    storage = fsspec.filesystem('memory')
    storage.put(str(frames / 'a/1.png'), '/night/1.png')
    storage.put(str(frames / 'pages.tif'), '/night/2/pages.tif')
    storage.pipe('/night/notes.txt', b'no picture')
    try:
        names = [source.name for source in find_sources(['memory://night'])]
        assert names == ['1.png', '2/pages.tif']
        command = ['detect', 'memory://night/*.png', '--out', 'found', '--model', 'top-hat']
        for before in (0, 1):
            assert main(command) == 0
            assert ('1 of 1 file done before' in capfd.readouterr().out) == bool(before)
        storage.put(str(frames / 'b/1.png'), '/night/1.png')
        assert main(command) == 0
        assert 'done before' not in capfd.readouterr().out
        for text, message in (
            ('memory://night/*.jpg', '"memory://night/*.jpg" names no file'),
            ('nowhere://night', 'cannot read "nowhere://night": Protocol not known'),
        ):
            assert main(['detect', text, '--out', 'found']) == 2
            assert message in capfd.readouterr().err
        assert main(['detect', 'memory://night', '--out', 'tracked', '--track']) == 2
        assert 'is followed from frame to frame only as a copy here' in capfd.readouterr().err
    finally:
        storage.rm('/night', recursive=True)
