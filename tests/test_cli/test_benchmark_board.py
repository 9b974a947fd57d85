"""`mdpnet benchmark FILE` gives a row for a table of machines, without PyTorch."""

import subprocess
import sys

from mdp_plugin.cli import main
from mdp_plugin.processor import processor_name
from mdp_plugin.zoo.entries import DEFAULT_MODEL, exported_file, find_entry


def test_a_row_of_a_table(project_root):
    file = exported_file(find_entry(DEFAULT_MODEL))
    arguments = ['benchmark', str(file), '--shape', '48', '64', '--iters', '3', '--threads', '1']
    code = f"""
import sys
from mdp_plugin.cli import main
assert main({arguments}) == 0
assert not {{'torch', 'mmengine'}} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=project_root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    head, rule, row = done.stdout.splitlines()
    cells = dict(zip(head.strip('| ').split(' | '), row.strip('| ').split(' | ')))
    assert head.count('|') == rule.count('|') == row.count('|')
    assert cells['machine'] == processor_name() and cells['backend'] == 'onnxruntime'
    assert cells['frame'] == '48x64' and cells['threads'] == '1'
    assert 0 < float(cells['median ms']) <= float(cells['p95 ms'])


def test_what_needs_a_config(capsys):
    file = str(exported_file(find_entry(DEFAULT_MODEL)))
    assert main(['benchmark', file, '--batch', '4']) == 2
    assert 'timed alone, one frame at a time' in capsys.readouterr().err
    assert main(['benchmark', 'none.onnx']) == 2
    assert 'there is no file "none.onnx"' in capsys.readouterr().err
