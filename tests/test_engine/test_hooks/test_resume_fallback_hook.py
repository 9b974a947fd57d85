import os
import signal

import pytest
import torch
from tiny_training import run_tool, running, write_config, write_dataset

EMA = "custom_hooks = [dict(type='EMAHook', momentum=0.1)]\n"


def save(path, value=0.0):
    torch.save({'state_dict': {'weight': torch.full((500,), value)}}, path)
    return path


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def weights(path):
    content = torch.load(path, weights_only=True)
    return content['state_dict'], content['ema_state_dict']


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    return write_dataset(tmp_path_factory.mktemp('spots') / 'data')


def test_resuming_after_sigkill_loses_at_most_the_epoch(data_root, tmp_path):
    config = write_config(tmp_path, data_root, EMA + 'train_cfg.update(max_epochs=200)')
    work_dir = tmp_path / 'run'
    with running('tools/train.py', [config, '--work-dir', work_dir], tmp_path) as run:
        run.wait_for(r'Epoch\(train\) +\[3\]\[2/4\]')
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.join()
        assert run.process.exitcode == -signal.SIGKILL
        killed = max(
            int(line.split('[')[1].split(']')[0])
            for line in run.output().splitlines()
            if 'Epoch(train)' in line and line.rstrip()
        )
    output = run_tool(
        'tools/train.py', config, '--work-dir', work_dir, '--resume',
        '--cfg-options', f'train_cfg.max_epochs={killed + 1}',
        cwd=tmp_path,
    )  # fmt: skip
    epochs = [line for line in output.splitlines() if 'Epoch(train)' in line]
    assert f'[{killed}][1/4]' in epochs[0].replace(' ', '')
    assert (work_dir / f'epoch_{killed + 1}.pth').is_file()


def test_a_cut_checkpoint_is_skipped_and_the_result_is_that_of_an_undisturbed_run(
    data_root, tmp_path
):
    config = write_config(tmp_path, data_root, EMA + 'train_cfg.update(max_epochs=4)')
    whole, broken = tmp_path / 'whole', tmp_path / 'broken'
    run_tool('tools/train.py', config, '--work-dir', whole, cwd=tmp_path)
    run_tool(
        'tools/train.py', config, '--work-dir', broken,
        '--cfg-options', 'train_cfg.max_epochs=3', cwd=tmp_path,
    )  # fmt: skip
    cut(broken / 'epoch_3.pth')
    output = run_tool('tools/train.py', config, '--work-dir', broken, '--resume', cwd=tmp_path)
    assert 'epoch_3.pth" is missing or cut off; resuming from' in output
    assert 'WARNING' in output
    assert 'resumed epoch: 2' in output
    for expected, resumed in zip(weights(whole / 'epoch_4.pth'), weights(broken / 'epoch_4.pth')):
        assert expected.keys() == resumed.keys()
        for name, value in expected.items():
            assert torch.equal(value, resumed[name]), name


def test_weights_that_a_training_starts_from_are_not_resumed(data_root, tmp_path):
    config, work_dir = write_config(tmp_path, data_root), tmp_path / 'run'
    run_tool('tools/train.py', config, '--work-dir', tmp_path / 'first', cwd=tmp_path)
    first = torch.load(tmp_path / 'first/epoch_2.pth', weights_only=True)
    start = tmp_path / 'start.pth'
    torch.save({'state_dict': first['state_dict']}, start)

    def train(load_from, epochs):
        return run_tool(
            'tools/train.py', config, '--work-dir', work_dir, '--resume', '--cfg-options',
            f'load_from={load_from}', f'train_cfg.max_epochs={epochs}', cwd=tmp_path,
        )  # fmt: skip

    output = train(start, 1)
    assert f'Load checkpoint from {start}' in output and 'resumed epoch' not in output
    assert 'resumed epoch: 1' in train(start, 2)
    # One that can be resumed is what the host resumes.
    assert 'resumed epoch: 2' in train(tmp_path / 'first/epoch_2.pth', 3)


def test_nothing_left_to_resume_from_is_an_error(data_root, tmp_path):
    config = write_config(tmp_path, data_root)
    work_dir = tmp_path / 'run'
    work_dir.mkdir()
    cut(save(work_dir / 'epoch_1.pth'))
    (work_dir / 'last_checkpoint').write_text(str(work_dir / 'epoch_1.pth'))
    with running('tools/train.py', [config, '--work-dir', work_dir, '--resume'], tmp_path) as run:
        run.process.join(600)
        assert run.process.exitcode == 1
        assert 'nothing to resume from' in run.output()
        assert 'Traceback' not in run.output()
    # A best file alone is no training to go on with, and starting anew would replace it.
    (work_dir / 'epoch_1.pth').rename(work_dir / 'best_irstd_nIoU_epoch_1.pth')
    (work_dir / 'last_checkpoint').unlink()
    with running('tools/train.py', [config, '--work-dir', work_dir, '--resume'], tmp_path) as run:
        run.process.join(600)
        assert run.process.exitcode == 1
        assert 'but no epoch of a training' in run.output()
