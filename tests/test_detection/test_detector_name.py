"""One grammar names detectors on every command line."""

import json

import cv2
import numpy as np
import pytest

from mdp_plugin.cli import main
from mdp_plugin.demo.session import Models
from mdp_plugin.detection import TargetDetector, parse_detector_name
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

NAME = 'mdpnet-fine_nudt-sirst-256x256'
PAIR = f'configs/mdpnet/{NAME}.py,mdp_plugin/weights/{NAME}.pth'


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('mdpnet-sirst', ('mdpnet-sirst', 'zoo', 'mdpnet-sirst', None)),
        ('ours=mdpnet-sirst', ('ours', 'zoo', 'mdpnet-sirst', None)),
        ('a/net.py,b/w.pth', ('net', 'config', 'a/net.py', 'b/w.pth')),
        ('v1.0=a/net.py,b/lr=1.pth', ('v1.0', 'config', 'a/net.py', 'b/lr=1.pth')),
        ('runs/lr=0.1/net.onnx', ('net.onnx', 'export', 'runs/lr=0.1/net.onnx', None)),
        ('fast=net.xml', ('fast', 'export', 'net.xml', None)),
        ('a folder', ('a_folder', 'folder', 'a folder', None)),
        ('others=maps=1,2', ('others', 'folder', 'maps=1,2', None)),
        ('maps=1,2', ('maps_1_2', 'folder', 'maps=1,2', None)),
        ('top-hat', ('top-hat', 'classical', 'top-hat', None)),
        ('LCM=lcm', ('LCM', 'classical', 'lcm', None)),
        ('mpcm', ('mpcm', 'folder', 'mpcm', None)),  # one of this name is there
        ('lr=1.onnx', ('lr_1.onnx', 'export', 'lr=1.onnx', None)),
    ],
)
def test_grammar(text, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ('a folder', 'maps=1,2', 'mpcm'):
        (tmp_path / folder).mkdir()
    (tmp_path / 'lr=1.onnx').touch()
    assert tuple(parse_detector_name(text)) == expected


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('net.py', '"net.py" needs weights: "net.py,WEIGHTS"'),
        ('net.onnx,w.pth', 'belong to a config'),
        ('a:b=mdpnet-sirst', '"a:b" .* is no label'),
        ('..=mdpnet-sirst', 'is no label'),
    ],
)
def test_mistakes_are_named(text, message):
    with pytest.raises(ValueError, match=message):
        parse_detector_name(text)


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    """Two scenes with masks, and perfect predictions."""
    root = tmp_path_factory.mktemp('scenes')
    scenes = SceneGenerator(SceneSettings(size=(64, 96)), seed=2)
    for folder in ('images', 'masks', 'maps'):
        (root / folder).mkdir()
    for index in range(2):
        mask = (scenes(index).mask > 0) * np.uint8(255)
        cv2.imwrite(str(root / f'images/{index}.png'), scenes(index).image)
        cv2.imwrite(str(root / f'masks/{index}.png'), mask)
        cv2.imwrite(str(root / f'maps/{index}.png'), mask)
    return root


def test_report_with_pictures(folders, project_root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(project_root)
    detectors = [PAIR, f'ours={PAIR}', f'perfect={folders / "maps"}']
    arguments = ['--images', str(folders / 'images'), '--truths', str(folders / 'masks')]
    arguments += ['--out', str(tmp_path / 'r.html'), '--threads', '1']
    assert main(['report', *detectors, *arguments, '--pictures', str(tmp_path / 'p')]) == 0
    pictures = sorted(path.name for path in (tmp_path / 'p').iterdir())
    labels = (NAME, 'ours', 'perfect')
    assert pictures == sorted(['curves.png', *(f'mistakes-{label}.png' for label in labels)])
    rows = (tmp_path / 'r.csv').read_text().splitlines()[1:]
    assert [row.split(',')[0] for row in rows] == [label for label in labels for _ in range(2)]
    assert main(['report', PAIR, PAIR, *arguments]) == 2
    assert f'two detectors are called "{NAME}"; put LABEL=' in capsys.readouterr().err


def test_detect_and_evaluate(folders, project_root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(project_root)
    found = []
    for model in ('mdpnet-fine_nudt-sirst-256x256', PAIR, f'ours={PAIR}'):
        arguments = ['--model', model, '--out', str(tmp_path / 'found'), '--overwrite']
        assert main(['detect', str(folders / 'images'), *arguments, '--threads', '1']) == 0
        found.append((tmp_path / 'found/targets.csv').read_text())
    assert found[0] == found[1] == found[2]
    maps = str(folders / 'maps')
    assert main(['detect', str(folders / 'images'), '--model', maps]) == 2
    assert 'maps" is a folder; expected a detector' in capsys.readouterr().err
    figures = []
    for predictions, images in (
        (NAME, True), (f'ours={PAIR}', True), (f'perfect={maps}', False), (maps, False),
    ):  # fmt: skip
        arguments = ['evaluate', predictions, str(folders / 'masks'), '--out', str(tmp_path / 's')]
        arguments += ['--images', str(folders / 'images')] if images else []
        assert main([*arguments, '--no-curves', '--threads', '1']) == 0
        figures.append(json.loads((tmp_path / 's/figures.json').read_text())['figures'])
    assert figures[0] == figures[1] and figures[2] == figures[3]
    assert figures[0]['IoU'] < figures[2]['IoU'] == 100
    arguments = ['evaluate', maps, str(folders / 'masks'), '--images', str(folders / 'images')]
    assert main(arguments) == 2
    assert 'maps" is a folder; expected a detector' in capsys.readouterr().err


def test_demo(project_root, monkeypatch):
    monkeypatch.chdir(project_root)
    models = Models([f'ours={PAIR}', 'mdpnet-fast', 'ours=mdpnet-sirst'], threads=1)
    assert models.names == ['ours', 'mdpnet-fast']
    assert models['ours'].name == f'configs/mdpnet/{NAME}.py'


def test_constructors_say_what_they_take():
    for make, arguments, error in (
        (TargetDetector.from_zoo, ['net.onnx'], KeyError),
        (TargetDetector.from_config, ['mdpnet-sirst', 'w.pth'], ValueError),
        (TargetDetector.from_export, ['mdpnet-sirst'], ValueError),
        (TargetDetector, ['net.py', 'w.pth'], TypeError),
    ):
        with pytest.raises(error):
            make(*arguments)
    assert TargetDetector.from_zoo(threads=1, threshold=0.3).threshold == 0.3
