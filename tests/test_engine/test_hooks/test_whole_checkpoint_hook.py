import shutil
import signal

import torch
from tiny_training import run_tool, running, write_config, write_dataset

from mdp_plugin.engine.checkpoint_files import read_checkpoint
from mdp_plugin.experiments.interruptions import differences

EMA = "custom_hooks = [dict(type='EMAHook', momentum=0.1)]\n"
KILLED = """
custom_imports = dict(imports=['mdp_plugin.registration', 'killed_before_validation_hook'])
custom_hooks.append(dict(type='KilledBeforeValidationHook', epoch=4))
"""


def test_a_training_killed_before_a_validation_ends_like_one_that_is_not(tmp_path):
    data = write_dataset(tmp_path / 'data')
    teacher = "default_hooks.update(publish=dict(type='PublishHook', out={!r}))\n"
    folders = [tmp_path / 'whole', tmp_path / 'broken']
    configs = [
        write_config(
            tmp_path / f'config_{folder.name}', data,
            EMA + 'train_cfg.update(max_epochs=4)\n'
            + teacher.format(str(tmp_path / f'{folder.name}.pth'))
            + (KILLED if folder.name == 'broken' else ''),
        )
        for folder in folders
    ]  # fmt: skip
    whole, broken = folders
    run_tool('tools/train.py', configs[0], '--work-dir', whole, cwd=tmp_path)
    assert (whole / 'best_irstd_nIoU_epoch_4.pth').is_file()
    with running('tools/train.py', [configs[1], '--work-dir', broken], tmp_path) as run:
        run.process.join(600)
        assert run.process.exitcode == -signal.SIGKILL, run.output()
    # The epoch was saved. Had the host gone on to write the best file and been killed then, the
    # former one were gone and the new one cut off, and its note of the last file may be empty.
    (former,) = broken.glob('best_*.pth')
    (broken / 'last_checkpoint').write_text('')
    best = broken / 'best_irstd_nIoU_epoch_4.pth'
    best.write_bytes(former.read_bytes()[:1000])
    # Best files that were left behind earlier, of this training and of another one.
    content = read_checkpoint(former)
    infos = content['message_hub']['runtime_info']
    infos['best_score'] -= 1
    left, foreign = (broken / f'best_irstd_nIoU_epoch_{number}.pth' for number in (1, 99))
    torch.save(content, left)
    infos.update(training_id='another', best_score=100.0)
    torch.save(content, foreign)
    if former != left:
        former.unlink()

    output = run_tool(
        'tools/train.py', configs[0], '--work-dir', broken, '--resume',
        '--cfg-options', f'default_hooks.publish.out={tmp_path / "broken.pth"}', cwd=tmp_path,
    )  # fmt: skip
    assert 'last_checkpoint" is missing or cut off; resuming from the newest' in output
    assert 'epoch_4.pth was saved, but nothing shows its validation' in output
    assert f'removed "{best}", which is cut off' in output
    assert foreign.is_file()
    foreign.unlink()
    assert differences(whole, broken) == []
    published = [torch.load(tmp_path / f'{f.name}.pth', weights_only=True) for f in folders]
    for name, value in published[0]['state_dict'].items():
        assert torch.equal(value, published[1]['state_dict'][name]), name


def test_the_best_whole_file_counts_where_the_recorded_one_is_gone(tmp_path):
    config = write_config(tmp_path, write_dataset(tmp_path / 'data'), EMA)
    work_dir = tmp_path / 'run'
    run_tool('tools/train.py', config, '--work-dir', work_dir, cwd=tmp_path)
    (best,) = work_dir.glob('best_*.pth')
    content = read_checkpoint(best)
    content['message_hub']['runtime_info'].update(best_score=99.5)
    # Of a run that went further, whose later epochs are gone.
    better = work_dir / 'best_irstd_nIoU_epoch_9.pth'
    best.unlink()
    torch.save(content, better)
    # The folder was moved, too: what the records name is found by its name.
    moved = tmp_path / 'moved'
    shutil.move(work_dir, moved)
    output = run_tool(
        'tools/train.py', config, '--work-dir', moved, '--resume',
        '--cfg-options', 'train_cfg.max_epochs=3', 'default_hooks.publish.type=PublishHook',
        f'default_hooks.publish.out={tmp_path / "published.pth"}', cwd=tmp_path,
    )  # fmt: skip
    assert 'as the best checkpoint; the best that is whole here is' in output
    assert [path.name for path in moved.glob('best_*.pth')] == [better.name]
    infos = read_checkpoint(moved / 'epoch_3.pth')['message_hub']['runtime_info']
    assert infos['best_score'] == 99.5 and infos['best_ckpt'] == str(moved / better.name)
    # Published is the best, though it is not the last.
    published = torch.load(tmp_path / 'published.pth', weights_only=True)['state_dict']
    for name, value in content['state_dict'].items():
        assert torch.allclose(published[name].to(value), value, rtol=1e-3), name
