"""One network in the formats of small machines, each of which finds what PyTorch finds."""

import multiprocessing
import pickle

import cv2
import numpy as np
import pytest

from mdp_plugin import TargetDetector
from mdp_plugin.cli import main
from mdp_plugin.deploy import load_exported
from mdp_plugin.installation import missing_packages

CONFIG = 'configs/mdpnet/mdpnet-fast_sirst-320x320.py'
WEIGHTS = 'mdp_plugin/weights/mdpnet-fast_sirst-320x320.pth'
SIZE = 96, 128
MISSING = missing_packages('ncnn', 'pnnx', 'MNN')


@pytest.fixture(scope='module')
def frames(scene, tmp_path_factory):
    """A folder of frames, one of them of another size than the files take."""
    folder = tmp_path_factory.mktemp('frames')
    for seed, size in enumerate((SIZE, SIZE, (120, 90))):
        cv2.imwrite(str(folder / f'{seed}.png'), scene(*size, seed))
    return folder


def in_a_fork(detector, frame):
    """What a forked process makes of a frame."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context('fork').Process(
        target=lambda: writer.send(detector(frame))
    )
    process.start()
    try:
        assert reader.poll(60), 'the process hangs'
        return reader.recv()
    finally:
        process.kill()


@pytest.mark.skipif(bool(MISSING), reason=f'not installed: {", ".join(MISSING)}')
def test_ncnn_and_mnn(frames, project_root, tmp_path, monkeypatch, capsys, scene):
    monkeypatch.chdir(project_root)
    command = ['export', CONFIG, WEIGHTS, str(tmp_path / 'fast'), '--format', 'ncnn', 'mnn']
    assert main([*command, '--frame-size', *map(str, SIZE), '--check', str(frames)]) == 0
    printed = capsys.readouterr().out
    assert printed.count('3 frames, largest difference from PyTorch ') == 2
    assert printed.count(' targets, 0 gained, 0 lost') == 2
    image = scene(*SIZE)
    network = TargetDetector(CONFIG, weights=WEIGHTS, threads=1)
    expected = network(image).probability
    assert expected.max() > 0.5
    for name, frame_type in (('fast.ncnn.param', 'float32'), ('fast.mnn', 'uint8')):
        detector = load_exported(tmp_path / name, threads=2)
        about = detector.metadata
        assert (about.frame_type, about.frame_size) == (frame_type, SIZE) and about.seal
        batch = np.stack([image] * 2).astype(frame_type)
        for found in detector(batch):
            np.testing.assert_allclose(found, expected, atol=1e-4)
        again = pickle.loads(pickle.dumps(detector))
        np.testing.assert_allclose(again(batch[0]), expected, atol=1e-4)
        np.testing.assert_allclose(in_a_fork(detector, batch[0]), expected, atol=1e-4)
    weights = tmp_path / 'fast.ncnn.bin'
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ValueError, match=r'fast\.ncnn\.param" is damaged, or was changed'):
        load_exported(tmp_path / 'fast.ncnn.param')
    (tmp_path / 'fast.mnn').write_bytes(b'no model')
    with pytest.raises(ValueError, match=r'fast\.mnn"'):
        load_exported(tmp_path / 'fast.mnn')


def test_a_file_that_fails_is_removed(frames, project_root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(project_root)
    command = ['export', CONFIG, WEIGHTS, str(tmp_path / 'a.xml'), '--check', str(frames)]
    assert main([*command, '--bound', '1e-12']) == 2
    error = capsys.readouterr().err
    assert 'a.xml fails and is removed: 3 frames' in error
    assert 'allowed is a difference of 1e-12' in error
    assert not list(tmp_path.iterdir())
