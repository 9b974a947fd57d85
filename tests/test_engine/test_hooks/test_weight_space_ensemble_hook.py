"""What a training saves and validates is the mixture; the training itself goes on as before."""

import json
import shutil

import pytest
import torch
from mmseg.registry import HOOKS
from tiny_training import run_tool, write_config, write_dataset

import mdp_plugin.registration  # noqa: F401
from mdp_plugin.engine.publish import publish


def state(folder):
    return torch.load(folder / 'epoch_2.pth', weights_only=True)


def logged_figures(folder):
    """Metric values of the last validation or test that was logged below a folder."""
    (file,) = (*folder.glob('*/vis_data/scalars.json'), *folder.glob('*/*.json'))
    record = [r for r in map(json.loads, file.read_text().splitlines()) if 'irstd/nIoU' in r][-1]
    return {key: value for key, value in record.items() if key.startswith('irstd/')}


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A start, and two trainings that go on from it: one of them with the mixture."""
    root = tmp_path_factory.mktemp('ensemble')
    data = write_dataset(root / 'data')
    run_tool('tools/train.py', write_config(root, data), '--work-dir', root / 'start', cwd=root)
    # Without an optimizer's state, which would be resumed in the place of the work dir's.
    start = root / 'start.pth'
    publish(root / 'start/epoch_2.pth', start)
    configs = {}
    for name, hook in {
        'moving': "type='EMAHook'",
        'mixed': "type='WeightSpaceEnsembleHook', start=load_from, share=0.25",
    }.items():
        configs[name] = write_config(
            root / f'config_{name}',
            data,
            f'load_from = {str(start)!r}\nrandomness = dict(seed=1)\n'
            f'custom_hooks = [dict({hook}, momentum=0.2, update_buffers=True, priority=49)]\n',
        )
        run_tool('tools/train.py', configs[name], '--work-dir', root / name, cwd=root)
    return root, configs


def test_saved_is_the_mixture_of_average_and_start(trained):
    root, _ = trained
    start, moving, mixed = (state(root / name) for name in ('start', 'moving', 'mixed'))
    changed = 0
    for key, value in moving['state_dict'].items():
        assert torch.equal(mixed['unmixed_state_dict'][key], value), key
        expected = value
        if value.is_floating_point():
            expected = 0.75 * value.double() + 0.25 * start['state_dict'][key].double()
            changed += not torch.equal(mixed['state_dict'][key], value)
        assert torch.allclose(mixed['state_dict'][key].double(), expected.double(), atol=1e-6), key
    assert changed > 20


def test_validated_is_what_a_test_of_the_saved_weights_finds(trained):
    root, configs = trained
    run_tool(
        'tools/test.py', configs['mixed'], root / 'mixed/epoch_2.pth', '--work-dir',
        root / 'test', cwd=root,
    )  # fmt: skip
    assert logged_figures(root / 'test') == pytest.approx(logged_figures(root / 'mixed'))


def test_resuming_goes_on_from_the_average_itself(trained):
    root, configs = trained
    cut_off = root / 'cut_off'
    cut_off.mkdir()
    shutil.copy(root / 'mixed/epoch_1.pth', cut_off)
    (cut_off / 'last_checkpoint').write_text(str(cut_off / 'epoch_1.pth'))
    run_tool('tools/train.py', configs['mixed'], '--work-dir', cut_off, '--resume', cwd=root)
    whole, resumed = state(root / 'mixed'), state(cut_off)
    for key, value in whole['state_dict'].items():
        assert torch.equal(resumed['state_dict'][key], value), key


def test_weights_of_another_network_are_refused_by_name(trained):
    root, configs = trained
    other = root / 'other.pth'
    weights = state(root / 'start')['state_dict']
    first = next(key for key, value in weights.items() if value.dim() == 4)
    torch.save(dict(state_dict={**weights, first: weights[first][:1]}), other)
    with pytest.raises(AssertionError, match='other.pth: not weights of this model') as error:
        run_tool(
            'tools/train.py', configs['mixed'], '--work-dir', root / 'refused', '--cfg-options',
            f'custom_hooks.0.start={other}', cwd=root,
        )  # fmt: skip
    assert first in str(error.value)


def test_a_share_beyond_one_is_refused():
    with pytest.raises(ValueError, match='share'):
        HOOKS.build(dict(type='WeightSpaceEnsembleHook', start='x.pth', share=1.5))
