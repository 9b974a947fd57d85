"""`mdpnet export` writes a file that describes itself, and says what is wrong otherwise."""

import numpy as np
import pytest

from mdp_plugin.cli import main
from mdp_plugin.deploy import ExportMetadata, load_exported
from mdp_plugin.evaluation.operating_points import OperatingPoints
from mdp_plugin.zoo.entries import sha256

CONFIG = 'configs/mdpnet/mdpnet-fast_sirst-320x320.py'
WEIGHTS = 'mdp_plugin/weights/mdpnet-fast_sirst-320x320.pth'


def test_a_file_from_any_folder(project_root, tmp_path, monkeypatch, capsys, scene):
    monkeypatch.chdir(tmp_path)
    options = ['--native', '--mask', '--threshold', '0.4', '--white-level', '200']
    assert main(['export', CONFIG, WEIGHTS, 'out/fast.onnx', *options]) == 0
    assert 'out/fast.onnx: {"name": "mdpnet-fast_sirst-320x320"' in capsys.readouterr().out
    detector = load_exported('out/fast.onnx', threads=1)
    about = detector.metadata
    assert about.native and about.with_mask and about.threshold == 0.4 and about.white_level == 200
    assert about.data_set == 'SIRST' and about.weights_sha256 == sha256(project_root / WEIGHTS)
    assert about.operating_points
    assert detector(scene(64, 80)[None]).shape == (1, 64, 80)
    assert np.isfinite(detector(scene(64, 80)[None])).all()


def test_a_rate_of_false_alarms_chooses_the_threshold(tmp_path, capsys):
    curve = {'threshold': [0.1, 0.6, 0.95], 'Fa': [1e-4, 1e-5, 0], 'FPPI': [2, 0.5, 0]}
    stored = OperatingPoints(0.9, 'by hand', curve, None, frames=40)
    stored.save(tmp_path / 'point.json')
    out = tmp_path / 'fast.onnx'
    common = [
        'export',
        CONFIG,
        WEIGHTS,
        str(out),
        '--operating-point',
        str(tmp_path / 'point.json'),
    ]
    for options, threshold in (([], 0.9), (['--false-alarms', '1/frame'], 0.6)):
        assert main([*common, *options]) == 0
        about = load_exported(out, threads=1).metadata
        assert about.threshold == threshold
        assert OperatingPoints.from_dict(about.operating_points, 'x') == stored
    assert capsys.readouterr().err == ''
    both = ['--threshold', '0.3', '--false-alarms', '1/frame']
    assert main([*common, *both]) == 2
    assert 'both choose the threshold' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ((CONFIG, 'none.pth', 'a.onnx'), 'weights not found'),
        ((CONFIG, WEIGHTS, 'a.txt'), 'suffix must be one of'),
        ((CONFIG, WEIGHTS, 'a.onnx', '--frame-size', '8', '64'), '32 pixels or more'),
        ((CONFIG, WEIGHTS, 'a.onnx', '--precision', 'int8', '--calibration-images', '0'), 'one'),
        ((CONFIG, WEIGHTS, 'a.onnx', '--opset', '12'), 'opset must lie between 17 and 21'),
        ((CONFIG, WEIGHTS, 'a.onnx', '--format', 'mnn'), 'leave that of a.onnx out'),
        ((CONFIG, WEIGHTS, 'a.onnx', '--bound', '0.1'), 'needs --check'),
        ((CONFIG, WEIGHTS, 'a.onnx', '--check', 'nowhere'), '"nowhere" names no file'),
        ((CONFIG, WEIGHTS, 'a.ncnn.param'), 'say which by --frame-size'),
        ((CONFIG, WEIGHTS, 'a.ncnn.param', '--frame-type', 'uint8'), 'float32 only'),
        ((CONFIG, WEIGHTS, 'a.mnn', '--frame-type', 'uint16'), 'MNN has no uint16'),
        ((CONFIG, WEIGHTS, 'a.mnn', '--precision', 'int8'), 'INT8 is for .onnx and .xml only'),
    ],
)
def test_mistakes(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(['export', *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith('mdpnet export: ') and message in error
    assert not list(tmp_path.iterdir())


def test_a_foreign_file_names_the_command():
    with pytest.raises(ValueError, match='`mdpnet export`'):
        ExportMetadata.from_json(None, 'foreign.onnx')
