"""What all commands share: mistyped words, versions, --quiet, --json, devices, completion."""

import contextlib
import fcntl
import json
import os
import pty
import re
import runpy
import struct
import subprocess
import sys
import termios

import cv2
import numpy as np
import pytest

from mdp_plugin.cli import COMMANDS, main
from mdp_plugin.project_files import PACKAGE
from mdp_plugin.wording import counted
from mdp_plugin.zoo.entries import all_entries

#: The exported file that comes with the package.
(FILE,) = (PACKAGE / 'weights').glob('*.onnx')


@pytest.fixture(scope='module')
def folders(tmp_path_factory, scene):
    """Two frames with their masks, a prediction of each, and 40 frames without a target."""
    root = tmp_path_factory.mktemp('frames')
    for name in ('frames', 'masks', 'found', 'empty'):
        (root / name).mkdir()
    mask = np.zeros((96, 112), np.uint8)
    mask[40:43, 50:53] = 255
    for index in range(2):
        cv2.imwrite(str(root / f'frames/{index}.png'), scene(96, 112, index))
        cv2.imwrite(str(root / f'masks/{index}.png'), mask)
        cv2.imwrite(str(root / f'found/{index}.png'), mask)
    for index in range(40):
        noise = np.random.default_rng(index).normal(90, 3, (64, 64))
        cv2.imwrite(str(root / f'empty/{index}.png'), noise.astype(np.uint8))
    return root


def refused(capsys, *arguments):
    """What is said of a command line that cannot be used: no traceback, no page of usage."""
    try:
        status = main(list(arguments))
    except SystemExit as end:
        status = end.code
    said = capsys.readouterr()
    assert status == 2 and said.out == ''
    assert 'Traceback' not in said.err and 'usage:' not in said.err
    return said.err


@pytest.mark.parametrize(
    ('line', 'meant'),
    [
        ('detekt frames', 'there is no command "detekt"; did you mean "detect"?'),
        ('figure gridd', 'there is no kind "gridd"; did you mean "grid"?'),
        ('detect frames --overly', 'unknown option "--overly"; did you mean "--overlay"?'),
        ('detect frames --treshold=0.7', 'unknown option "--treshold=0.7"; did you mean "--thres'),
        ('detect frames --format cvs', 'invalid choice: "cvs"; did you mean "csv"?'),
        ('detect frames --precision 64', 'invalid choice: "64"; choose from f32, bf16, f16'),
        ('zoo everything', 'unknown argument "everything"'),
        ('detect README.md --model mdpnet-sirts', '"mdpnet-sirts"; did you mean "mdpnet-sirst"?'),
        ('detect README.md --model top-hta', 'methods are top-hat, lcm, mpcm; did you mean "top-'),
    ],
)
def test_a_mistyped_word_gets_the_one_that_was_meant(capsys, project_root, line, meant):
    command, *rest = line.replace('README.md', str(project_root / 'docs/images/demo.png')).split()
    assert meant in refused(capsys, command, *rest)


def test_help_comes_at_once(project_root):
    """Nothing heavy is imported for it, and it lists all commands."""
    code = (
        'import sys\nfrom mdp_plugin.cli import main\ntry: main(["--help"])\n'
        'except SystemExit: print(*{"numpy", "cv2", "scipy", "tqdm", "torch"} & set(sys.modules))'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, cwd=project_root)
    *lines, heavy = done.stdout.decode().splitlines()
    assert heavy == ''
    for command in COMMANDS:
        assert re.search(rf'^    {command} +[A-Z].*', '\n'.join(lines), re.M)


def test_the_version_names_what_computes(capsys):
    with pytest.raises(SystemExit) as end:
        main(['--version'])
    assert not end.value.code
    found = dict(line.split() for line in capsys.readouterr().out.splitlines())
    assert {'mdp_plugin', 'python', 'numpy', 'torch'} <= set(found)
    assert found['numpy'] == np.__version__
    assert any(name.endswith('mmengine') for name in found)


@pytest.mark.parametrize('shell', ['bash', 'zsh'])
def test_completion(capsys, shell):
    with pytest.raises(SystemExit):
        main(['--completion', shell])
    script = capsys.readouterr().out
    assert '--operating-point' in script and 'bad-pixels' in script
    assert all(entry['Alias'] in script for entry in all_entries() if 'Alias' in entry)


def completed(script, *words):
    """What bash offers for the last of some words, without starting a process for it."""
    call = (
        f'source {script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))\n'
        'complete -p mdpnet >/dev/null || exit 1\n_shtab_mdpnet 2>/dev/null\n'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ['bash', '-c', call, 'bash', *words], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_bash_completes(capsys, tmp_path):
    with pytest.raises(SystemExit):
        main(['--completion', 'bash'])
    (tmp_path / 'mdpnet.bash').write_text(capsys.readouterr().out)
    script = tmp_path / 'mdpnet.bash'
    assert completed(script, 'mdpnet', 'ca') == ['calibrate']
    assert completed(script, 'mdpnet', 'detect', '--over') == ['--overlay', '--overwrite']
    assert 'mdpnet-sirst' in completed(script, 'mdpnet', 'detect', '--model', 'mdpnet-s')
    assert completed(script, 'mdpnet', 'detect', '--precision', 'b') == ['bf16']


def as_json(capsys, *arguments, status=0):
    """What --json prints; nothing else is on standard output."""
    assert main([*map(str, arguments), '--json']) == status
    printed = json.loads(capsys.readouterr().out)
    assert printed['command'] == arguments[0] and printed['schema'] == 1
    for file in printed.get('written', []):
        assert os.path.isfile(file)
    return printed


def test_detections_as_json(capsys, folders, tmp_path):
    (folders / 'frames/text.png').write_text('no picture')
    frames = folders / 'frames'
    printed = as_json(capsys, 'detect', frames, '--out', tmp_path, '--format', 'json', status=1)
    (folders / 'frames/text.png').unlink()
    assert printed['frames'] == json.loads((tmp_path / 'targets.json').read_text())
    assert printed['num_targets'] == sum(len(frame['targets']) for frame in printed['frames']) > 0
    assert printed['num_frames'] == 2 and printed['num_tracks'] is None
    assert list(printed['failed']) == ['text.png']
    assert printed['written'] == [str(tmp_path / 'targets.json')]


def test_figures_as_json(capsys, folders, tmp_path):
    found, masks, out = folders / 'found', folders / 'masks', tmp_path / 'out'
    printed = as_json(capsys, 'evaluate', found, masks, '--out', out)
    stored = json.loads((out / 'figures.json').read_text())
    assert {key: printed[key] for key in ('figures', 'errors', 'protocol')} == stored
    assert printed['figures']['Pd'] == 100
    # What is not defined is null, also without a file.
    assert 'NaN' not in json.dumps(as_json(capsys, 'evaluate', found, masks))
    page = tmp_path / 'report.html'
    images = ('--images', folders / 'frames', '--truths', masks)
    printed = as_json(capsys, 'report', found, *images, '--out', page)
    assert printed['detectors']['found']['figures']['original size']['Pd'] == 100
    assert printed['written'][0] == str(page)


def test_a_threshold_as_json(capsys, folders, tmp_path):
    points = tmp_path / 'points.json'
    options = ('--false-alarms', '0.2/frame', '--out', points, '--model', 'top-hat')
    printed = as_json(capsys, 'calibrate', folders / 'empty', *options)
    assert printed['threshold'] == json.loads(points.read_text())['threshold']
    assert printed['frames'] == 40 and printed['asked'] == '0.2/frame'
    assert len(printed['highest']) == 5 and printed['written'] == [str(points)]


def test_the_zoo_as_json(capsys):
    models = as_json(capsys, 'zoo', '--all')['models']
    assert {model['name'] for model in models} == {entry['Name'] for entry in all_entries()}
    assert all(model['results'][0]['figures']['nIoU'] > 0 for model in models)


def test_a_command_that_fails_prints_no_json(capsys, folders):
    error = refused(capsys, 'evaluate', str(folders / 'nothing'), 'x', '--json')
    assert error.startswith('mdpnet evaluate: ')


def test_quiet_prints_what_went_wrong_alone(capfd, folders, tmp_path):
    frames, found, masks = (str(folders / name) for name in ('frames', 'found', 'masks'))
    for line in (
        ['detect', frames, '--out', str(tmp_path), '--overlay'],
        ['evaluate', found, masks, '--out', str(tmp_path)],
        ['synth', str(tmp_path / 'synth'), '--num', '3', '--size', '32', '32'],
        ['zoo'],
    ):
        assert main([*line, '--quiet']) == 0
        said = capfd.readouterr()
        assert (said.out, said.err) == ('', '')
    (tmp_path / 'text.png').write_text('no picture')
    assert main(['detect', str(tmp_path / 'text.png'), '--out', str(tmp_path), '--quiet']) == 1
    said = capfd.readouterr()
    assert said.out == '' and 'text.png' in said.err and '1 of 1 file failed' in said.err


def test_what_was_written_is_said_and_no_bar_drawn_in_a_file(capfd, folders, tmp_path):
    assert main(['detect', str(folders / 'frames/0.png'), '--out', str(tmp_path), '--overlay']) == 0
    said = capfd.readouterr()
    assert said.err == '' and '\x1b' not in said.out and '\r' not in said.out
    first, second = said.out.splitlines()
    assert re.fullmatch(rf'\d+ targets? in 1 frame: {tmp_path}/targets.csv', first)
    assert second.endswith(f'{tmp_path}/overlays')


@pytest.mark.parametrize('device', ['cuda:7', 'mps', 'gpu', 'meta'])
def test_a_device_that_is_not_there(capsys, folders, tmp_path, device):
    frames = str(folders / 'frames')
    for line in (
        ['detect', frames, '--model', 'mdpnet-fast', '--out', str(tmp_path)],
        ['calibrate', frames, '--model', 'mdpnet-fast', '--false-alarms', '3/frame'],
        ['benchmark', 'configs/mdpnet/mdpnet-tiny_synthetic-256x256.py', '--shape', '32',
         '--work-dir', str(tmp_path)],
    ):  # fmt: skip
        said = refused(capsys, *line, '--device', device)
        assert f'no device "{device}" for PyTorch here; there is cpu' in said
    said = refused(capsys, 'detect', frames, '--model', str(FILE), '--device', device)
    assert 'is not run by PyTorch; leave `device` out' in said


def test_a_tool_names_a_device_that_is_not_there(monkeypatch, project_root, tmp_path):
    tool = str(project_root / 'tools/analysis_tools/draw_predictions.py')
    config = str(project_root / 'configs/mdpnet/mdpnet-tiny_synthetic-256x256.py')
    line = [tool, config, 'x.pth', '--device', 'cuda:7', '--out', str(tmp_path)]
    monkeypatch.setattr(sys, 'argv', line)
    with pytest.raises(SystemExit, match='no device "cuda:7" for PyTorch'):
        runpy.run_path(tool, run_name='__main__')


def on_terminal(width, *arguments):
    """What a command writes to a terminal of a width."""
    process, terminal = pty.fork()
    if not process:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, width, 0, 0))
        # pytest holds what Python writes to.
        sys.stdout, sys.stderr = os.fdopen(1, 'w'), os.fdopen(2, 'w')
        status = main(list(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    text = b''
    with contextlib.suppress(OSError):  # the other side is closed
        while part := os.read(terminal, 65536):
            text += part
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    return text.decode().replace('\r\n', '\n')


@pytest.mark.parametrize('width', [60, 250])
def test_tables_fit_the_terminal(width):
    text = on_terminal(width, 'zoo')
    assert max(map(len, text.splitlines())) <= width and '\x1b' not in text
    assert ('+------' in text) == (width == 250)
    for figure in ('nIoU', 'mdpnet-sirst', 'NUDT-SIRST', '320x320'):
        assert figure in re.sub(r'\s+', ' ', text)


def test_a_bar_is_drawn_on_a_terminal_unless_it_is_to_be_quiet(folders, tmp_path):
    line = ['detect', str(folders / 'frames'), '--out', str(tmp_path), '--model', 'top-hat']
    assert '2/2' in on_terminal(80, *line)
    assert on_terminal(80, *line, '--overwrite', '--quiet') == ''


def test_numbers_agree_with_their_nouns():
    assert [counted(n, 'frame') for n in (0, 1, 2)] == ['0 frames', '1 frame', '2 frames']
    assert counted(2, 'image without target') == '2 images without target'
    assert counted(1, 'box', 'boxes') == '1 box' and counted(3, 'box', 'boxes') == '3 boxes'
    assert counted(2.0, 'frame') == '2 frames'
