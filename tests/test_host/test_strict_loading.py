"""Weights of another network stop every door with one sentence that names both."""

import re

import pytest
import torch
from mmengine.config import Config
from mmseg.apis import init_model
from tiny_training import PROJECT_ROOT, run_tool, running, write_config, write_dataset

from mdp_plugin import TargetDetector
from mdp_plugin.benchmark.model_speed import measure_speed
from mdp_plugin.cli import main
from mdp_plugin.export.trained_model import export_trained
from mdp_plugin.models.distillation import FrozenTeacher

FAST = PROJECT_ROOT / 'mdp_plugin/weights/mdpnet-fast_sirst-320x320.pth'
BASE = 'configs/mdpnet/mdpnet-base_sirst-320x320.py'
#: Both networks, and what differs.
SENTENCE = r'mdpnet-fast_sirst-320x320\.pth" \([\d,]+ values.* another network than ".*\.py".*shape'


@pytest.fixture(scope='module')
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp('strict')
    return write_config(folder, write_dataset(folder / 'data', num_images=4))


def fail(tool: str, *argv: object, cwd) -> str:
    """What a tool says that ends with exit status 1 and without a stack trace."""
    with running(tool, argv, cwd) as run:
        run.process.join(600)
        assert run.process.exitcode == 1, run.output()[-2000:]
        assert 'Traceback' not in run.output()
        return run.output().splitlines()[-1]


def saved(tiny, tmp_path, change):
    """Weights of the tiny network, changed."""
    state = init_model(str(tiny), device='cpu').state_dict()
    change(state)
    torch.save(dict(meta={}, state_dict=state), tmp_path / 'w.pth')
    return tmp_path / 'w.pth'


@pytest.mark.parametrize(
    'tool, argv',
    [
        ('tools/test.py', [FAST]),
        ('tools/test.py', [FAST, '--tta']),
        ('tools/train.py', ['--cfg-options', f'load_from={FAST}']),
    ],
)
def test_tools(tiny, tmp_path, tool, argv):
    said = fail(tool, tiny, *argv, '--work-dir', tmp_path / 'w', cwd=tmp_path)
    assert re.search(SENTENCE, said), said


def test_command_detect(tmp_path, capsys):
    write_dataset(tmp_path / 'data', num_images=1)
    assert main(['detect', str(tmp_path / 'data/images'), '--model', f'{BASE},{FAST}']) == 2
    assert re.search('mdpnet detect: .*another network than', capsys.readouterr().err)


@pytest.mark.parametrize(
    'door',
    [
        lambda out: TargetDetector(BASE, weights=FAST),
        lambda out: export_trained(BASE, FAST, out / 'x.onnx'),
        lambda out: measure_speed(Config.fromfile(PROJECT_ROOT / BASE), str(FAST)),
        lambda out: FrozenTeacher(BASE, str(FAST)),
    ],
    ids=['detector', 'export', 'benchmark', 'teacher'],
)
def test_doors_of_python(door, tmp_path):
    with pytest.raises(ValueError, match=SENTENCE):
        door(tmp_path)


def test_the_hosts_own_door():
    with pytest.raises(ValueError, match='of another network than this EncoderDecoder'):
        init_model(str(PROJECT_ROOT / BASE), str(FAST), device='cpu')


def test_a_missing_or_unknown_part_is_refused_and_parts_of_training_are_not(tiny, tmp_path):
    def drop(state):
        del state['decode_head.conv_seg.weight']

    with pytest.raises(ValueError, match='conv_seg.weight" is missing'):
        init_model(str(tiny), str(saved(tiny, tmp_path, drop)), device='cpu')

    def add(name):
        return lambda state: state.update({name: torch.zeros(3)})

    with pytest.raises(ValueError, match='"neck.conv.weight" is unknown to the network'):
        weights = saved(tiny, tmp_path, add('neck.conv.weight'))
        init_model(str(tiny), str(weights), device='cpu')
    for part in ('auxiliary_head.conv_seg.weight', 'distillers.semantic.query.weight'):
        init_model(str(tiny), str(saved(tiny, tmp_path, add(part))), device='cpu')


def test_transfer_learning_takes_what_fits_by_request(tiny, tmp_path):
    def widen(state):
        state['decode_head.conv_seg.weight'] = torch.zeros(7, 7, 1, 1)
        state['backbone.stem.0.conv.weight'].fill_(0.125)

    weights = saved(tiny, tmp_path, widen)
    argv = [tiny, '--work-dir', tmp_path / 'w', '--cfg-options', f'load_from={weights}',
            'train_cfg.max_epochs=1', 'optim_wrapper.optimizer.lr=0.']  # fmt: skip
    assert '--allow-mismatch' in fail('tools/train.py', *argv, cwd=tmp_path)
    output = run_tool('tools/train.py', *argv, '--allow-mismatch', cwd=tmp_path)
    assert 'entries of the network are taken from' in output
    trained = torch.load(tmp_path / 'w/epoch_1.pth', weights_only=True)['state_dict']
    assert (trained['backbone.stem.0.conv.weight'] == 0.125).all()
    torch.save(dict(state_dict=dict(other=torch.zeros(1))), weights)
    said = fail('tools/train.py', *argv, '--allow-mismatch', cwd=tmp_path)
    assert 'None of them fits' in said


def test_resuming_with_another_network_names_both(tiny, tmp_path):
    argv = [tiny, '--work-dir', tmp_path / 'w', '--allow-mismatch']
    run_tool('tools/train.py', *argv, '--cfg-options', 'train_cfg.max_epochs=1', cwd=tmp_path)
    options = ['model.backbone.stem_channels=16']
    said = fail('tools/train.py', *argv, '--resume', '--cfg-options', *options, cwd=tmp_path)
    assert 'epoch_1.pth" (' in said and 'written by "tiny"' in said and 'tiny.py"' in said


def test_weights_of_the_project_are_found_from_any_directory(tmp_path):
    """`load_from` names files of the project as everything else does."""
    config = tmp_path / 'mine.py'
    data = write_dataset(tmp_path / 'data', num_images=4)
    tiny = write_config(tmp_path, data)
    base = Config.fromfile(PROJECT_ROOT / BASE)
    config.write_text(
        f'_base_ = {str(tiny)!r}\nmodel = dict(_delete_=True, **{base.model.to_dict()!r})\n'
        "load_from = 'mdp_plugin/weights/mdpnet-base_sirst-320x320.pth'\n"
        'train_cfg = dict(max_epochs=1)\n'
    )
    output = run_tool('tools/train.py', config, '--work-dir', tmp_path / 'w', cwd=tmp_path / 'x')
    assert 'Load checkpoint from mdp_plugin/weights/mdpnet-base' in output
    # And once more as a training that is resumed before its first epoch was saved.
    run_tool('tools/train.py', config, '--work-dir', tmp_path / 'v', '--resume', cwd=tmp_path / 'x')
