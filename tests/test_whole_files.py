"""Commands whose disk is full leave no file that looks whole: here no file may exceed a size."""

import contextlib
import resource
import signal

import cv2

from mdp_plugin.cli import main


@contextlib.contextmanager
def small_disk():
    """No file of more than 5000 bytes can be written; pytest, too, writes files outside of it."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, former)


def test_a_picture_of_detections(scene, tmp_path, capsys):
    cv2.imwrite(str(tmp_path / 'frame.png'), scene(96, 112))
    out = tmp_path / 'out'
    line = ['detect', str(tmp_path / 'frame.png'), '--model', 'top-hat', '--overlay']
    with small_disk():
        assert main([*line, '--out', str(out)]) == 1
    assert f'cannot write "{out}/overlays/frame.png.png"' in capsys.readouterr().err
    assert list((out / 'overlays').iterdir()) == []


def test_a_synthetic_data_set(tmp_path, capsys):
    line = ['synth', str(tmp_path / 'data'), '--num', '3', '--size', '192', '192']
    with small_disk():
        assert main(line) == 2
    image = tmp_path / 'data/images/synthetic_000000.png'
    assert f"File too large: '{image}'" in capsys.readouterr().err
    # Settings and the first mask are small enough.
    names = {file.name for file in (tmp_path / 'data').rglob('*') if file.is_file()}
    assert names == {'synthetic.json', 'synthetic_000000_pixels0.png'}
