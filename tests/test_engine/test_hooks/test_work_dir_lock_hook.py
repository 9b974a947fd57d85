import os
import resource
import signal

from tiny_training import run_tool, running, write_config, write_dataset

from mdp_plugin.engine.checkpoint_files import is_whole


def test_a_second_training_is_refused_and_a_full_disk_ends_the_first_with_a_sentence(tmp_path):
    config = write_config(
        tmp_path, write_dataset(tmp_path / 'data'), 'train_cfg.update(max_epochs=500)'
    )
    work_dir = tmp_path / 'run'
    arguments = [config, '--work-dir', work_dir]
    with running('tools/train.py', arguments, tmp_path) as first:
        first.wait_for(r'Epoch\(train\) +\[2\]')
        with running('tools/train.py', [*arguments, '--resume'], tmp_path) as second:
            second.process.join(600)
            assert second.process.exitcode == 1
            assert f'process {first.process.pid} on' in second.output()
            assert 'choose another folder with --work-dir' in second.output()
            assert 'Traceback' not in second.output()
        # No room for a checkpoint, though for a log.
        size = min(path.stat().st_size for path in work_dir.glob('epoch_*.pth'))
        limit = max(size // 2, first.log.stat().st_size + 8192)
        assert limit < size
        resource.prlimit(first.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        first.process.join(600)
        assert first.process.exitcode == 1
        assert 'make room, and continue with --resume' in first.output()
        assert 'Traceback' not in first.output()
    assert all(map(is_whole, work_dir.glob('*.pth')))
    assert not list(work_dir.glob('.*.part'))


def test_the_lock_ends_with_the_process_though_a_data_worker_outlives_it(tmp_path):
    workers = 'train_dataloader.update(num_workers=1, persistent_workers=True)\n'
    config = write_config(tmp_path, write_dataset(tmp_path / 'data'), workers)
    arguments = [config, '--work-dir', tmp_path / 'run', '--resume', '--cfg-options']
    with running('tools/train.py', [*arguments, 'train_cfg.max_epochs=500'], tmp_path) as run:
        run.wait_for(r'Epoch\(val\) +\[1\]\[8/8\]')
        worker = os.popen(f'pgrep -P {run.process.pid}').read().split()[0]
        os.kill(int(worker), signal.SIGSTOP)  # it would end by itself after some seconds
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.join()
    try:
        output = run_tool('tools/train.py', *arguments, 'train_cfg.max_epochs=3', cwd=tmp_path)
        assert 'resumed epoch' in output
    finally:
        os.kill(int(worker), signal.SIGKILL)
