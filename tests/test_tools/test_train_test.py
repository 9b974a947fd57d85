import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
import torch
from tiny_training import PROJECT_ROOT, run_tool, running, write_config, write_dataset

SINGLE_THREAD = {**os.environ, 'OMP_NUM_THREADS': '1'}


def last_metrics(folder: Path) -> dict:
    """What `tools/test.py --work-dir` wrote last, less the times."""
    file = max(folder.glob('20*/20*.json'))
    return {name: value for name, value in json.loads(file.read_text()).items() if '/' in name}


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    # An odd number of images: two processes pad it, and the padding must not count.
    return write_dataset(tmp_path_factory.mktemp('spots') / 'data set', num_images=7)


@pytest.fixture(scope='module')
def trained(tmp_path_factory, data_root):
    """A training through the command line, in a folder with spaces, from another directory."""
    folder = tmp_path_factory.mktemp('trained') / 'with space'
    config = write_config(folder, data_root)
    process = subprocess.run(
        [sys.executable, PROJECT_ROOT / 'tools/train.py', config, '--work-dir', folder / 'run',
         '--amp', '--cfg-options', 'train_cfg.max_epochs=16',
         'visualizer.vis_backends.0.type=TensorboardVisBackend'],
        cwd=folder, env=SINGLE_THREAD, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr[-4000:]
    return config, folder / 'run', process.stdout + process.stderr


@pytest.fixture(scope='module')
def tested(trained):
    """The figures of the trained weights in one process, with masks and pictures."""
    config, run, _ = trained
    folder = run.parent / 'tested'
    output = run_tool(
        'tools/test.py', config, run / 'epoch_16.pth', '--work-dir', folder,
        '--out', folder / 'masks', '--show-dir', folder / 'shown', cwd=run.parent,
    )  # fmt: skip
    return last_metrics(folder), folder, output


def test_training_learns_and_keeps_the_best_and_two_more(trained):
    _, run, output = trained
    names = {path.name for path in run.glob('epoch_*.pth')}
    assert names == {'epoch_15.pth', 'epoch_16.pth'}
    assert len(list(run.glob('best_irstd_nIoU_epoch_*.pth'))) == 1
    losses = [float(value) for value in re.findall(r' loss: ([\d.]+)', output)]
    assert len(losses) == 16 * 4
    assert losses[-1] < 0.5 * losses[0]


def test_mixed_precision_runs_on_the_cpu(trained):
    _, run, _ = trained
    recorded = (run / 'tiny.py').read_text()
    if torch.cuda.is_available():
        assert "type='AmpOptimWrapper'" in recorded
    else:
        assert "type='Bf16OptimWrapper'" in recorded


def test_tensorboard_records_losses_and_figures(trained):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    _, run, _ = trained
    (folder,) = {path.parent for path in run.rglob('events.out.tfevents*')}
    events = EventAccumulator(str(folder)).Reload()
    assert len(events.Scalars('loss')) == 64
    assert len(events.Scalars('irstd/nIoU')) == 16


def test_starting_is_quiet(trained):
    _, _, output = trained
    for noise in ('Could not import OneDL', 'Fail to import', 'DeprecationWarning'):
        assert noise not in output


def test_testing_repeats_the_figures_of_training(trained, tested):
    _, run, _ = trained
    metrics, _, _ = tested
    line = re.findall(r'Epoch\(val\) \[16\].*', trained[2])[-1]
    assert metrics['irstd/IoU'] > 20
    # Validation in training runs without mixed precision, too; the log has four decimals.
    for name in ('IoU', 'nIoU', 'Pd', 'Fa', 'AUC'):
        logged = float(re.search(rf'irstd/{name}: ([\d.]+)', line)[1])
        assert metrics[f'irstd/{name}'] == pytest.approx(logged, abs=5e-4), name


def test_testing_writes_masks_and_pictures(tested):
    _, folder, _ = tested
    masks = sorted(path for path in (folder / 'masks').rglob('*') if path.is_file())
    assert len([path for path in masks if path.suffix == '.png']) >= 7
    pictures = sorted((folder / 'shown').rglob('*.png'))
    assert len(pictures) == 7
    # Truth and prediction side by side, in colour.
    picture = cv2.imread(str(pictures[0]))
    assert picture.shape == (64, 128, 3)
    assert (picture[..., 2] > picture[..., 0]).any()


def test_augmented_views_are_averaged(trained, tested):
    config, run, _ = trained
    folder = run.parent / 'tta'
    run_tool(
        'tools/test.py', config, run / 'epoch_16.pth', '--tta', '--work-dir', folder,
        cwd=run.parent,
    )  # fmt: skip
    assert last_metrics(folder)['irstd/AUC'] == pytest.approx(tested[0]['irstd/AUC'], abs=0.05)
    assert last_metrics(folder)['irstd/IoU'] > 20


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])


two_processes = pytest.mark.skipif(
    torch.cuda.device_count() == 1, reason='two processes need two GPUs or none'
)


@two_processes
def test_figures_of_two_processes_are_those_of_one(trained, tested):
    config, run, _ = trained
    folder = run.parent / 'two'
    process = subprocess.run(
        [PROJECT_ROOT / 'tools/dist_test.sh', config, run / 'epoch_16.pth', '2',
         '--work-dir', folder],
        env={**SINGLE_THREAD, 'PORT': free_port(), 'PYTHON': sys.executable},
        cwd=run.parent, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr[-4000:]
    one, two = tested[0], last_metrics(folder)
    assert one.keys() == two.keys()
    for name, value in one.items():
        assert two[name] == pytest.approx(value, abs=1e-9), name


@two_processes
def test_two_processes_train_together_and_resume(trained, tmp_path):
    config, _, _ = trained
    for epochs in (1, 2):
        ranks = {'WORLD_SIZE': '2', 'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': free_port()}
        arguments = [
            config, '--work-dir', tmp_path / 'run', '--launcher', 'pytorch', '--resume',
            '--cfg-options', f'train_cfg.max_epochs={epochs}',
        ]  # fmt: skip
        with contextlib.ExitStack() as stack:
            runs = [
                stack.enter_context(
                    running(
                        'tools/train.py', arguments, tmp_path,
                        {**ranks, 'RANK': rank, 'LOCAL_RANK': rank},
                    )
                )
                for rank in '01'
            ]  # fmt: skip
            outputs = [process.finish() for process in runs]
        # Batches of two on each of two processes: two iterations for seven images.
        state = torch.load(tmp_path / f'run/epoch_{epochs}.pth', weights_only=True)
        assert state['meta']['iter'] == 2 * epochs
    assert 'resumed epoch: 1' in outputs[0]


@two_processes
def test_a_node_that_dies_ends_the_other_one(data_root, tmp_path):
    """Two machines of one process each, with four and three of seven images; it must not hang."""
    config = write_config(tmp_path, data_root)
    ranks = {'WORLD_SIZE': '2', 'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': free_port()}
    arguments = [
        config, '--work-dir', tmp_path / 'run', '--launcher', 'pytorch',
        '--cfg-options', 'train_cfg.max_epochs=10000', 'train_cfg.val_interval=10000',
    ]  # fmt: skip
    with contextlib.ExitStack() as stack:
        first, second = (
            stack.enter_context(
                running(
                    'tools/train.py', arguments, tmp_path / f'node {rank}',
                    {**ranks, 'RANK': rank, 'LOCAL_RANK': '0'},
                )
            )
            for rank in '01'
        )  # fmt: skip
        first.wait_for(r'Epoch\(train\) +\[3\]')
        second.process.kill()
        first.process.join(120)
        assert first.process.exitcode == 1, first.output()[-4000:]
    told = first.output()
    assert 'error: process 0 of 2 waits for another one that has ended' in told
    assert 'continue with --resume' in told and 'Traceback' not in told


def test_resuming_does_not_execute_what_a_checkpoint_contains(trained, tmp_path):
    config, run, _ = trained
    checkpoint = torch.load(run / 'epoch_16.pth', weights_only=True)
    checkpoint['meta']['config'] = f'import os\nos.mkdir({str(tmp_path / "executed")!r})'
    (tmp_path / 'run').mkdir()
    torch.save(checkpoint, tmp_path / 'run/epoch_16.pth')
    (tmp_path / 'run/last_checkpoint').write_text(str(tmp_path / 'run/epoch_16.pth'))
    output = run_tool(
        'tools/train.py', config, '--work-dir', tmp_path / 'run', '--resume',
        '--cfg-options', 'train_cfg.max_epochs=17', cwd=tmp_path,
    )  # fmt: skip
    assert 'dropped the config inside' in output
    assert (tmp_path / 'run/epoch_17.pth').is_file()
    assert not (tmp_path / 'executed').exists()


@pytest.mark.parametrize(
    ('script', 'count'),
    [('dist_train', 1), ('dist_test', 2), ('slurm_train', 2), ('slurm_test', 3)],
)
def test_scripts_explain_themselves(script, count):
    process = subprocess.run(
        [PROJECT_ROOT / f'tools/{script}.sh', *['x'] * count], capture_output=True, text=True
    )
    assert process.returncode == 2
    assert f'tools/{script}.sh' in process.stderr


@pytest.mark.parametrize('kind', ['train', 'test'])
def test_slurm_gets_the_flags_one_by_one(tmp_path, kind):
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    srun.chmod(0o755)
    arguments = ['part', 'job', 'a config.py', *(['w.pth'] if kind == 'test' else [])]
    environment = {
        **os.environ, 'PATH': f'{tmp_path}:{os.environ["PATH"]}', 'GPUS': '4',
        'GPUS_PER_NODE': '2', 'SRUN_ARGS': '--mem=8G --exclusive',
    }  # fmt: skip
    script = PROJECT_ROOT / f'tools/slurm_{kind}.sh'
    lines = subprocess.run(
        [script, *arguments, '--work-dir', 'a b'],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert {'--ntasks=4', '--ntasks-per-node=2', '--mem=8G', '--exclusive'} <= set(lines)
    assert lines[-len(arguments) - 2 :] == [
        *arguments[2:], '--launcher', 'slurm', '--work-dir', 'a b'
    ]  # fmt: skip
