"""Exported files that measure the levels of each frame see what the rule in NumPy makes of it."""

import json

import numpy as np
import pytest
import torch

from mdp_plugin import TargetDetector
from mdp_plugin.cli import main
from mdp_plugin.deploy import ExportMetadata, load_exported
from mdp_plugin.export.detector_graph import DetectorGraph
from mdp_plugin.imaging.grey_levels import GreyLevels, LevelsWarning

DEFAULT = 'mdpnet-fine_cameras-512x640'
CONFIG = 'configs/mdpnet/mdpnet-fine_upright_nudt-sirst-256x256.py'
WEIGHTS = 'mdp_plugin/weights/mdpnet-fine_upright_nudt-sirst-256x256.pth'
#: By how much a probability of the file may differ from that of the rule in NumPy.
TOLERANCE = 2e-3


def frames_of(scene, frame_type):
    """Frames of a 14-bit camera with little contrast, in kelvin, constant, and with one target."""
    made = []
    for seed, (height, width) in enumerate([(96, 128), (75, 101), (256, 200)]):
        image = scene(height, width, seed)
        made += [8000 + image * (100 / 255), 280 + image / 8.0]
    made += [np.full((64, 64), 8000.0), np.pad(np.full((3, 3), 900.0), 40, constant_values=100)]
    if frame_type == 'uint16':
        return [np.rint(frame).astype(np.uint16) for frame in made]
    return [frame.astype(np.float32) for frame in made]


@pytest.mark.parametrize(
    ('suffix', 'frame_type', 'backends', 'options'),
    [
        ('.onnx', 'uint16', ('onnxruntime', 'openvino'), []),  # what 16 bits do by default
        ('.xml', 'float32', ('openvino',), ['--levels', 'auto']),
        ('.pt2', 'float32', ('torch',), ['--levels', 'auto']),
    ],
)
def test_levels_are_measured_in_the_file(
    tmp_path, project_root, monkeypatch, scene, shipped_model, suffix, frame_type, backends, options
):
    monkeypatch.chdir(project_root)
    path = tmp_path / f'auto{suffix}'
    command = ['export', CONFIG, WEIGHTS, str(path), '--native', '--frame-type', frame_type]
    assert main([*command, *options]) == 0
    expected = TargetDetector('mdpnet-nudt-sirst', threads=1)
    grey_graph = DetectorGraph(expected.predict._graph.network, frame_type='float32').eval()
    for backend in backends:
        detector = load_exported(path, backend=backend, threads=1)
        assert detector.metadata.levels == 'auto'
        highest = []
        for frame in frames_of(scene, frame_type):
            grey = torch.from_numpy(GreyLevels()(frame))[None]
            with torch.inference_mode():
                wanted = grey_graph(grey)[0].numpy()
            found = detector(frame)
            np.testing.assert_allclose(found, wanted, atol=TOLERANCE)
            highest.append(wanted.max())
        assert np.max(highest[:6]) > 0.9 and highest[6] < 0.1
        # The whole detector on top, whose own rule measures first, gives the same.
        frame = frames_of(scene, frame_type)[0]
        again = TargetDetector(path, backend=backend, threads=1)(frame)
        np.testing.assert_allclose(again.probability, detector(frame), atol=1e-2)
        assert again.targets


def test_black_hot_frames_are_turned_over_in_the_file(
    tmp_path, project_root, monkeypatch, scene, shipped_model
):
    monkeypatch.chdir(project_root)
    path = tmp_path / 'black.onnx'
    command = ['export', CONFIG, WEIGHTS, str(path), '--native', '--frame-type', 'uint16']
    assert main([*command, '--polarity', 'black-hot']) == 0
    network = TargetDetector('mdpnet-nudt-sirst', threads=1).predict_whole._graph.network
    frame = frames_of(scene, 'uint16')[0]
    grey = GreyLevels()(frame)
    with torch.inference_mode():
        plain = DetectorGraph(network, frame_type='float32').eval()
        wanted = plain(torch.from_numpy(grey)[None])[0].numpy()
    assert wanted.max() > 0.9
    for backend in ('onnxruntime', 'openvino'):
        file = load_exported(path, backend=backend, threads=1)
        assert file.metadata.polarity == 'black-hot'
        np.testing.assert_allclose(file(65535 - frame), wanted, atol=TOLERANCE)
        # What the network is to see, as frames of such a file.
        np.testing.assert_allclose(file(file.metadata.to_frames(grey)), wanted, atol=1e-2)
        again = TargetDetector(path, backend=backend, threads=1)(65535 - frame)
        np.testing.assert_allclose(again.probability, wanted, atol=1e-2)


def test_black_and_white_are_in_the_file(tmp_path, project_root, monkeypatch, scene, shipped_model):
    monkeypatch.chdir(project_root)
    path = tmp_path / 'kelvin.onnx'
    command = ['export', CONFIG, WEIGHTS, str(path), '--native', '--frame-type', 'float32']
    assert main([*command, '--black-level', '280', '--white-level', '312']) == 0
    about = load_exported(path).metadata
    assert (about.black_level, about.white_level, about.levels) == (280, 312, 'full')
    image = scene(96, 128)
    kelvin = (280 + image * (32 / 255)).astype(np.float32)
    plain = DetectorGraph(TargetDetector('mdpnet-nudt-sirst').predict._graph.network)
    with torch.inference_mode():
        wanted = plain(torch.from_numpy(image)[None])[0].numpy()
    assert wanted.max() > 0.5
    np.testing.assert_allclose(load_exported(path)(kelvin), wanted, atol=1e-3)
    # The detector knows from the file which values are black and white.
    np.testing.assert_allclose(TargetDetector(path)(kelvin).probability, wanted, atol=1e-3)
    np.testing.assert_allclose(TargetDetector(path)(image).probability, wanted, atol=1e-3)


def test_pixels_that_are_no_numbers_do_not_blank_a_frame(tmp_path, project_root, scene):
    detector = load_exported(project_root / f'mdp_plugin/weights/{DEFAULT}.onnx')
    frames = np.stack([scene(96, 128, seed) for seed in (0, 1)]).astype(np.float32)
    expected = detector(frames)
    frames[0, 90, 3], frames[0, 4, 120] = np.nan, np.inf
    with pytest.warns(LevelsWarning, match='2 pixels'):
        found = detector(frames)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, atol=0.05)
    with pytest.raises(ValueError, match='holds no number'):
        detector(np.full((64, 64), np.nan, np.float32))


def test_files_of_before_still_load(project_root):
    about = load_exported(project_root / f'mdp_plugin/weights/{DEFAULT}.onnx').metadata
    values = json.loads(about.to_json())
    del values['black_level'], values['levels'], values['polarity']
    old = ExportMetadata.from_json(json.dumps(values), 'old.onnx')
    assert old == about and (old.black_level, old.levels, old.polarity) == (0, 'full', 'white-hot')
    assert old.grey_levels.rule == 'auto', 'it takes grey levels, however they are made'


@pytest.mark.parametrize(
    'arguments',
    [
        ('--frame-type', 'uint8', '--levels', 'auto'),
        ('--frame-type', 'uint16', '--black-level', '300', '--white-level', '200'),
    ],
)
def test_levels_that_do_not_fit_are_refused(tmp_path, project_root, monkeypatch, capsys, arguments):
    monkeypatch.chdir(project_root)
    assert main(['export', CONFIG, WEIGHTS, str(tmp_path / 'a.onnx'), *arguments]) == 2
    assert 'level' in capsys.readouterr().err and not list(tmp_path.iterdir())
