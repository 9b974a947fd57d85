import os
import pickle
import sys

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader, load_checkpoint, save_checkpoint
from mmengine.runner import checkpoint as host
from torch import nn

from mdp_plugin.host.safe_loading import is_plain_config


class Payload:
    """Leaves a folder behind when it is unpickled without restrictions."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def load_by_runner(path):
    return load_checkpoint(nn.Linear(2, 1), str(path))


def load_by_loader(path):
    return CheckpointLoader.load_checkpoint(str(path), map_location='cpu')


def load_by_private_loader(path):
    return host._safe_torch_load(str(path), map_location='cpu')


@pytest.mark.parametrize('load', [load_by_runner, load_by_loader, load_by_private_loader])
@pytest.mark.parametrize('zipped', [True, False])
def test_a_malicious_file_is_refused_and_not_executed(tmp_path, load, zipped):
    trace = tmp_path / 'executed'
    state = {'state_dict': nn.Linear(2, 1).state_dict(), 'extra': Payload(trace)}
    path = tmp_path / 'evil.pth'
    torch.save(state, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(pickle.UnpicklingError, match=r'refused to load ".*evil\.pth"'):
        load(path)
    assert not trace.exists()
    # The file is dangerous indeed: unrestricted unpickling executes it.
    torch.load(path, weights_only=False)
    assert trace.is_dir()


@pytest.mark.parametrize(
    ('module', 'owner', 'attribute'),
    [
        ('mmengine.logging.history_buffer', 'HistoryBuffer', '__subclasses__'),
        ('mmengine.logging.history_buffer', 'HistoryBuffer', 'register_statistics'),
        ('numpy', 'ndarray', 'max'),
        ('numpy', 'ndarray', 'mean'),
        ('numpy', 'ndarray', '_annealing_cos'),
        ('mmengine.logging.history_buffer', 'HistoryBuffer', '_annealing_cos'),
    ],
)
def test_the_allowed_getattr_reaches_nothing_else(tmp_path, module, owner, attribute):
    def call(attribute):
        name = attribute.encode()
        return (
            b'\x80\x02c__builtin__\ngetattr\n'
            + f'c{module}\n{owner}\n'.encode()
            + b'X' + len(name).to_bytes(4, 'little') + name + b'\x86R.'
        )  # fmt: skip

    # torch's file format before zip: magic number, version, system, content, storages.
    head = [pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {})]
    path = tmp_path / 'evil.pth'
    path.write_bytes(b''.join([*head, call(attribute), pickle.dumps([], 2)]))
    with pytest.raises(pickle.UnpicklingError, match=f'attribute "{attribute}"'):
        load_by_loader(path)
    if attribute == '__subclasses__':
        path.write_bytes(b''.join([*head, call('mean'), pickle.dumps([], 2)]))
        assert load_by_loader(path) is HistoryBuffer.mean


def test_a_training_state_loads_with_its_values(tmp_path):
    buffer = HistoryBuffer([1.0, 2.0, 6.0], [1, 1, 1])
    state = {
        'state_dict': {'weight': torch.arange(3.0)},
        'message_hub': {'log_scalars': {'loss': buffer}, 'runtime_info': {'best': np.float64(7)}},
        'single': np.float32(0.5),
        'flag': np.bool_(True),
    }
    path = tmp_path / 'epoch_1.pth'
    save_checkpoint(state, str(path))
    loaded = load_by_loader(path)
    assert loaded['message_hub']['log_scalars']['loss'].mean() == 3.0
    assert loaded['message_hub']['log_scalars']['loss'].statistics('max') == 6.0
    assert loaded['message_hub']['runtime_info']['best'] == 7
    assert (loaded['single'], loaded['flag']) == (0.5, True)
    # The host's publish_model.py reads checkpoints without its own loader.
    assert torch.load(path, weights_only=True)['state_dict']['weight'].tolist() == [0, 1, 2]


@pytest.mark.parametrize('module', [b'numpy.core.multiarray', b'numpy._core.multiarray'])
def test_numbers_written_with_either_numpy_load(tmp_path, module):
    own = np.float64(0).__reduce__()[0].__module__.encode()
    data = pickle.dumps({'score': np.float64(0.75)}, protocol=2)
    path = tmp_path / 'numbers.pth'
    torch.save({'score': np.float64(0.75)}, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes().replace(own, module))
    assert own in data
    assert load_by_loader(path) == {'score': 0.75}


def test_a_cut_off_file_is_named(tmp_path):
    path = tmp_path / 'epoch_2.pth'
    torch.save({'state_dict': {'weight': torch.zeros(1000)}}, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(RuntimeError, match=r'cannot read the checkpoint ".*epoch_2\.pth".*cut off'):
        load_by_loader(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='absent.pth'):
        load_by_loader(tmp_path / 'absent.pth')


@pytest.mark.parametrize(
    'text',
    [
        "model = dict(type='A', sizes=(1, 2), scale=-1.5, **dict(b=None))\nlr = 1e-3\n",
        "'A docstring.'\nlabels = {'a': [1, 2], 'b': {}}\nnames = dict({'a-b': 1})",
        "custom_imports = dict(imports=['mdp_plugin.registration'], allow_failed_imports=False)",
        '',
    ],
)
def test_plain_configs_are_recognised(text):
    assert is_plain_config(text)


@pytest.mark.parametrize(
    'text',
    [
        'import os',
        "value = __import__('os').getcwd()",
        'a.b = 1',
        'a = b = 1',
        'a = [print(x) for x in (1, 2)]',
        "a = f'{print(1)}'",
        'def dict(**kwargs): pass',
        "_base_ = '/somewhere/base.py'",
        "custom_imports = dict(imports=['no_such_module_yet'])",
        "custom_imports = dict(imports='no_such_module_yet')",
        "custom_imports = dict({'imports': ['no_such_module_yet']})",
        "custom_imports = dict(**{'imports': ['no_such_module_yet']})",
        "custom_imports = {'imports': ['no_such_module_yet']}",
        'a = print(b=1)',
        'a = [dict, print][0](b=1)',
        'a = {**print()}',
        'a = {**dict(b=1)}',
        'a: int = 1',
        'a, b = 1, 2',
        'print(1)',
        'a = dict(b=1',
        'a = ' + '(' * 5000,
    ],
)
def test_configs_that_do_something_are_recognised(text):
    assert 'no_such_module_yet' not in sys.modules
    assert not is_plain_config(text)


def test_code_in_the_config_of_a_checkpoint_is_dropped(tmp_path):
    plain = "model = dict(type='A')"
    evil = f'import os\nos.mkdir({str(tmp_path / "executed")!r})'
    path = tmp_path / 'epoch_1.pth'
    torch.save(
        {
            'meta': {'config': evil, 'cfg': plain, 'epoch': 3},
            'message_hub': {'runtime_info': {'cfg': evil, 'iter': 5}},
            'state_dict': {},
        },
        path,
    )
    loaded = load_by_loader(path)
    assert loaded['meta'] == {'cfg': plain, 'epoch': 3}
    assert loaded['message_hub'] == {'runtime_info': {'iter': 5}}


@pytest.mark.parametrize(
    'content',
    [
        [torch.ones(2)],
        {'meta': None, 'state_dict': {}},
        {'meta': 'text', 'message_hub': None},
        {'message_hub': {'runtime_info': None}},
        {'message_hub': [1], 'meta': {}},
    ],
)
def test_what_has_another_form_is_loaded_as_it_is(tmp_path, content):
    path = tmp_path / 'weights.pth'
    torch.save(content, path)
    assert str(load_by_loader(path)) == str(content)


def test_a_config_that_is_no_text_is_dropped(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    torch.save({'meta': {'cfg': ['import os'], 'epoch': 1}}, path)
    assert load_by_loader(path) == {'meta': {'epoch': 1}}


def test_a_download_lies_where_it_is_asked_for_and_is_made_once(tmp_path):
    path, folder = tmp_path / 'weights.pth', tmp_path / 'downloads'
    torch.save({'state_dict': {'weight': torch.ones(1)}}, path)
    for _ in range(2):
        loaded = host.load_from_http(path.as_uri(), model_dir=folder)
        assert loaded['state_dict']['weight'] == 1
        path.unlink(missing_ok=True)
    assert [file.name for file in folder.iterdir()] == ['weights.pth']
