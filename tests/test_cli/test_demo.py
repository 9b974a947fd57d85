"""`mdpnet demo` before it serves anything."""

import importlib.util
import os
import socket

import pytest

from mdp_plugin.cli import main


def test_missing_packages_are_named(monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        'find_spec',
        lambda name, *rest: name != 'gradio' and find(name, *rest) or None,
    )
    assert main(['demo', '--port', '0']) == 2
    assert 'gradio missing: pip install -e ".[demo]"' in capsys.readouterr().err


def test_mistakes_have_no_stack_trace(monkeypatch, capsys):
    pytest.importorskip('gradio')
    monkeypatch.setattr(os, 'environ', os.environ.copy())
    assert main(['demo', '--max-frames', '0']) == 2
    assert 'must be positive' in capsys.readouterr().err
    assert main(['demo', '--model', 'mdpnet-mars']) == 2
    assert 'no model "mdpnet-mars"' in capsys.readouterr().err
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(['demo', '--model', 'mdpnet-nudt-sirst', '--port', str(port)]) == 2
    assert str(port) in capsys.readouterr().err
