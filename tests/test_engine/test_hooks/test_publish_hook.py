import torch
from tiny_training import run_tool, running, write_config, write_dataset

PUBLISH = 'default_hooks.publish.type=PublishHook'


def test_the_best_weights_are_published_in_the_work_dir_and_where_it_is_asked_for(tmp_path):
    config = write_config(tmp_path, write_dataset(tmp_path / 'data', num_images=4))
    out = tmp_path / 'teachers/best.pth'
    argv = [
        config, '--work-dir', tmp_path / 'run', '--cfg-options', PUBLISH,
        f'default_hooks.publish.out={out}',
    ]  # fmt: skip
    output = run_tool('tools/train.py', *argv, cwd=tmp_path)
    (best,) = (tmp_path / 'run').glob('best_*.pth')
    expected = torch.load(best, weights_only=True)['state_dict']
    published = torch.load(tmp_path / 'run/tiny.pth', weights_only=True)
    assert set(published) == {'meta', 'state_dict'}
    for key, value in expected.items():
        assert torch.allclose(published['state_dict'][key].to(value), value, rtol=1e-3), key
    assert out.read_bytes() == (tmp_path / 'run/tiny.pth').read_bytes()
    assert 'SHA-256' in output and best.name in output

    # Its own publication may be renewed.
    run_tool('tools/train.py', *argv, 'train_cfg.max_epochs=1', cwd=tmp_path)
    # Others' weights stop the training before it begins.
    out.write_bytes(b'of somebody else')
    with running('tools/train.py', argv, tmp_path) as run:
        run.process.join(600)
        assert run.process.exitcode == 1
        assert f'PublishHook would overwrite "{out}"' in run.output()
        assert 'Epoch(train)' not in run.output() and 'Traceback' not in run.output()
    assert out.read_bytes() == b'of somebody else'


def test_a_config_that_inherits_a_teachers_leaves_its_weights_alone(tmp_path, project_root):
    shipped = project_root / 'checkpoints/teachers'
    before = {path.name: path.stat().st_mtime_ns for path in shipped.iterdir()}
    data = write_dataset(tmp_path / 'data', num_images=4)
    mine = tmp_path / 'mine.py'
    mine.write_text(
        "_base_ = __import__('mdp_plugin').config_file('unet/unet-s5_sirst-320x320.py')\n"
        'train_cfg = dict(max_epochs=1)\n'
    )
    small = [
        'val_cfg=None', 'val_dataloader=None', 'val_evaluator=None', 'custom_hooks=[]',
        'train_dataloader.batch_size=2', 'train_dataloader.num_workers=0',
        'train_dataloader.persistent_workers=False', 'train_dataloader.dataset.ann_file=',
        f'train_dataloader.dataset.data_root={data}', 'train_dataloader.dataset.disjoint_from=[]',
        'train_dataloader.dataset.seg_map_suffix=.png', 'model.data_preprocessor.size=(64,64)',
        'train_dataloader.dataset.pipeline.4.scale=(64,64)',
        'train_dataloader.dataset.pipeline.6.crop_size=(64,64)',
        'default_hooks.checkpoint.save_best=None',
    ]  # fmt: skip
    run_tool('tools/train.py', mine, '--cfg-options', *small, cwd=tmp_path)
    assert (tmp_path / 'work_dirs/mine/mine.pth').is_file()
    assert before == {path.name: path.stat().st_mtime_ns for path in shipped.iterdir()}
