"""`mdpnet zoo`, and the command as it is installed."""

import subprocess
import sys

from mdp_plugin.cli import main
from mdp_plugin.zoo.entries import all_entries


def test_every_entry_is_listed(capsys):
    assert main(['zoo', '--all']) == 0
    printed = capsys.readouterr().out
    for entry in all_entries():
        assert entry['Name'] in printed
        for result in entry['Results']:
            assert f'{result["Metrics"]["nIoU"]:.2f}' in printed


def test_networks_for_use_have_short_names(capsys):
    assert main(['zoo']) == 0
    printed = capsys.readouterr().out
    listed = {line.split()[1] for line in printed.splitlines() if line.startswith('| mdpnet')}
    assert listed == {'mdpnet', 'mdpnet-fast', 'mdpnet-sirst', 'mdpnet-nudt-sirst'}
    assert 'mdpnet zoo --all' in printed


def test_help_names_the_commands(project_root):
    done = subprocess.run(
        [sys.executable, '-m', 'mdp_plugin.cli', '--help'],
        capture_output=True, text=True, check=True, cwd=project_root,
    )  # fmt: skip
    for command in ('detect', 'evaluate', 'synth', 'zoo'):
        assert f'\n    {command} ' in done.stdout
