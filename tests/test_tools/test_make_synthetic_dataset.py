"""The command line of the generator."""

import json
import runpy
import sys

import cv2
import numpy as np
import pytest


@pytest.fixture
def tool(project_root, tmp_path, monkeypatch, capsys):
    """Run the tool as a script, in another working directory; returns (error, output)."""
    monkeypatch.chdir(tmp_path)

    def run(*args):
        script = str(project_root / 'tools/make_synthetic_dataset.py')
        monkeypatch.setattr(sys, 'argv', [script, *map(str, args)])
        with pytest.raises(SystemExit) as stop:
            runpy.run_path(script, run_name='__main__')
        captured = capsys.readouterr()
        return captured.err if stop.value.code else None, captured.out

    return run


def test_makes_reuses_and_refuses(tool, tmp_path):
    flags = ('data', '--num', 6, '--size', 48, 64, '--bit-depth', 16, '--targets', 2, 2)
    error, output = tool(*flags)
    assert error is None
    assert '6 images in ' in output
    assert 'train 4, val 1, test 1' in output
    image = cv2.imread(str(tmp_path / 'data/images/synthetic_000000.png'), cv2.IMREAD_UNCHANGED)
    assert image.shape == (48, 64) and image.dtype == np.uint16

    error, output = tool(*flags)
    assert error is None
    assert 'nothing to do, 6 images there already' in output

    error, _ = tool(*flags, '--seed', 3)
    assert 'seed is 0 there and 3 here' in error
    assert json.loads((tmp_path / 'data/synthetic.json').read_text())['seed'] == 0


def test_settings_file_and_flags(tool, tmp_path):
    (tmp_path / 'mine.json').write_text(
        json.dumps(dict(targets=dict(count=[0, 0], border=9), sensor=dict(noise=[1, 1])))
    )
    error, _ = tool(
        'data', '--num', 3, '--size', 40, 40, '--settings', 'mine.json', '--scr', 3, 4,
        '--backgrounds', 'sea', 'town', '--fractions', 1, 1, 1,
    )  # fmt: skip
    assert error is None
    scene = json.loads((tmp_path / 'data/synthetic.json').read_text())['scene']
    assert scene['targets']['count'] == [0, 0]
    assert scene['targets']['border'] == 9
    assert scene['targets']['scr'] == [3, 4]
    assert scene['sensor']['noise'] == [1, 1]
    assert scene['backgrounds'] == {'sea': 1, 'town': 1}

    error, _ = tool('other', '--num', 3, '--targets', 3, 1)
    assert 'TargetSettings.count' in error
    assert not (tmp_path / 'other').exists()


def test_missing_settings_file_is_named(tool):
    error, _ = tool('data', '--settings', 'nowhere.json')
    assert 'cannot read the settings file nowhere.json' in error


def test_preset_settings_file_and_flags_in_this_order(tool, tmp_path):
    (tmp_path / 'mine.json').write_text(
        json.dumps(dict(size=[40, 52], bit_depth=16, distractors=dict(marks=[0, 0])))
    )
    error, _ = tool(
        'data', '--num', 12, '--preset', 'cluttered', '--settings', 'mine.json', '--scr', 3, 4
    )
    assert error is None
    scene = json.loads((tmp_path / 'data/synthetic.json').read_text())['scene']
    assert scene['size'] == [40, 52] and scene['bit_depth'] == 16
    assert scene['distractors']['marks'] == [0, 0]
    assert scene['distractors']['buildings'][1] > 0
    assert scene['targets']['scr'] == [3, 4]
    masks = [cv2.imread(str(path), 0) for path in sorted((tmp_path / 'data/masks').glob('*.png'))]
    assert 2 <= sum(not mask.any() for mask in masks) <= 10

    error, _ = tool('other', '--preset', 'hard')
    assert error is not None and 'invalid choice: "hard"' in error
