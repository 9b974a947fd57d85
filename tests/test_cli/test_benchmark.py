"""`mdpnet benchmark` measures; the tool of the same name is tested in tests/test_tools."""

import json

import pytest

from mdp_plugin.cli import main

CONFIG = 'configs/mdpnet/mdpnet-fast_sirst-320x320.py'


def test_a_model_from_any_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    options = ['--shape', '48', '64', '--iters', '2', '--device', 'cpu']
    changed = ['--cfg-options', 'model.decode_head.threshold=0.25', 'work_dir=elsewhere']
    assert main(['benchmark', CONFIG, *options, *changed]) == 0
    (file,) = tmp_path.glob('elsewhere/benchmark_*.json')
    figures = json.loads(file.read_text())
    assert figures['input'] == [1, 1, 48, 64] and figures['latency_median_ms'] > 0
    assert f'figures: {file}' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('--tiled', '64'), 'need --against'),
        (('--training', '--deploy'), 'cannot be trained'),
        (('--iters', '0'), 'must be positive'),
        (('--shape', '1', '2', '3'), 'one or two'),
        (('--against', 'model.txt'), 'expected a config'),
    ],
)
def test_mistakes(capsys, arguments, message):
    assert main(['benchmark', CONFIG, *arguments]) == 2
    assert message in capsys.readouterr().err
