"""A name that nobody reads stops a tool, and names what was meant; variables are free."""

import pytest
from mmengine.config import Config
from tiny_training import running, write_config, write_dataset

from mdp_plugin.engine.config_names import check_config, nearest
from mdp_plugin.engine.tool_config import load_tool_config


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp('names')
    return write_config(folder, write_dataset(folder / 'data', num_images=4))


def test_a_misspelt_override_stops_the_training(config, tmp_path):
    argv = [config, '--work-dir', tmp_path / 'w', '--cfg-options', 'optim_wraper.optimizer.lr=1']
    with running('tools/train.py', argv, tmp_path) as run:
        run.process.join(600)
        assert run.process.exitcode == 1
        said = run.output().strip()
    assert said.count('\n') == 0 and '"optim_wraper"' in said and '"optim_wrapper"' in said
    assert not (tmp_path / 'w').exists()


@pytest.mark.parametrize(
    'option, meant',
    [
        ('optim_wraper.optimizer.lr', 'optim_wrapper'),
        ('trian_cfg.max_epochs', 'train_cfg'),
        ('epochs', 'resume|launcher|no run reads'),
        ('train_cfg.max_epoch', 'max_epochs'),
        ('train_dataloader.batchsize', 'batch_size'),
        ('train_dataloader.dataset.cache_image', 'cache_images'),
        ('optim_wrapper.optimizer.learning_rate', 'AdamW has no'),
        ('optim_wrapper.optimiser.lr', 'optimizer'),
        ('model.backbone.stem_channel', 'stem_channels'),
        ('model.test_cfg.mod', 'mode'),
        ('default_hooks.checkpoints.interval', 'checkpoint'),
        ('default_hooks.checkpoint.save_bset', 'save_best'),
        ('randomness.sed', 'seed'),
        ('auto_scale_lr.enabled', 'enable'),
        ('test_evaluator.distance_threshold', 'distance_thr'),
        # Read when the file was read: to change it now would change nothing.
        ('data_root', 'is a variable that the config has used already'),
    ],
)
def test_what_was_meant_is_named(project_root, option, meant):
    path = project_root / 'configs/mdpnet/mdpnet-base_sirst-320x320.py'
    with pytest.raises(ValueError, match=meant):
        load_tool_config(path, {option: 1})


@pytest.mark.parametrize(
    'option, value',
    [
        ('auto_scale_lr.base_batch_size', 8),
        ('default_hooks.publish.type', 'PublishHook'),
        ('default_hooks.timer', None),
        ('model.test_cfg.crop_size', (64, 64)),
        ('model.auxiliary_head.type', 'FCNHead'),
        ('optim_wrapper.clip_grad.max_norm', 1.0),
        ('optim_wrapper.type', 'Bf16OptimWrapper'),
        ('param_scheduler', []),
        ('env_cfg.dist_cfg.backend', 'gloo'),
        ('train_dataloader.pin_memory', True),
        ('custom_hooks.0.momentum', 0.1),
        ('visualizer.vis_backends.0.type', 'TensorboardVisBackend'),
        ('work_dir', 'elsewhere'),
    ],
)
def test_options_that_somebody_reads_pass(project_root, option, value):
    path = project_root / 'configs/mdpnet/mdpnet-base_sirst-320x320.py'
    load_tool_config(path, {option: value})


def test_variables_of_a_config_are_free(config):
    for name in ('scales', 'my_model', 'base', 'dataset', 'train_set', 'optimizer', 'hooks', 'lr'):
        check_config(Config({**Config.fromfile(config).to_dict(), name: 1}))
    for name, meant in (('load_form', 'load_from'), ('custom_hook', 'custom_hooks')):
        with pytest.raises(ValueError, match=f'no run reads "{name}"; is "{meant}" meant'):
            check_config(Config({**Config.fromfile(config).to_dict(), name: 1}))


@pytest.mark.parametrize(
    'tool, argv',
    [('test.py', ['any.pth']), ('analysis_tools/get_flops.py', []),
     ('analysis_tools/browse_dataset.py', ['--not-show', '--output-dir', 'pictures'])],
)  # fmt: skip
def test_a_slip_in_a_file_stops_each_tool(config, tmp_path, tool, argv):
    mine = tmp_path / 'mine.py'
    mine.write_text(f'_base_ = {str(config)!r}\ntest_evaluater = dict(threshold=0.3)\n')
    with running(f'tools/{tool}', [mine, *argv], tmp_path) as run:
        run.process.join(600)
        assert run.process.exitcode == 1
        assert '"test_evaluator" meant' in run.output() and 'Traceback' not in run.output()


@pytest.mark.parametrize(
    'a, b, distance', [('lr', 'rl', 1), ('resum', 'resume', 1), ('abc', 'abc', 0), ('a', 'bcd', 3)]
)
def test_distance(a, b, distance):
    assert nearest(a, [b], limit=distance) == b
    assert distance == 0 or nearest(a, [b], limit=distance - 1) is None
