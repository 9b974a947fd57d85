"""Candidates as they are written on the command line."""

import pytest

from mdp_plugin.benchmark.candidate import Candidate, parse_candidate


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('model.py', 'weights.pth', 'model.onnx', 'notes.txt'):
        (tmp_path / name).touch()


def test_all_keys(files):
    config = parse_candidate('model.py,weights=weights.pth,precision=bf16,deploy')
    assert config == Candidate(
        'model.py', 'weights.pth', precision='bf16', deploy=True, name='model.py deploy eager bf16'
    )
    assert config.is_config
    file = parse_candidate('model.onnx,backend=openvino,name=peer')
    assert file == Candidate('model.onnx', backend='openvino', name='peer') and not file.is_config


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('absent.onnx', 'there is no file "absent.onnx"'),
        ('model.py,weights=absent.pth', 'there is no file "absent.pth"'),
        ('notes.txt', r'expected a config \(.py\)'),
        ('model.onnx,precision=f64', 'precision must be one of'),
        ('model.onnx,size=3', "unknown key 'size'"),
        ('model.onnx,weights=weights.pth', 'are for configs'),
    ],
)
def test_mistakes_are_named(files, text, message):
    with pytest.raises(ValueError, match=message):
        parse_candidate(text)
