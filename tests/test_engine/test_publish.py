import hashlib
import pickle
from pathlib import Path

import pytest
import torch

from mdp_plugin.engine.publish import publish

STATE = {
    'conv.weight': torch.full((2, 2), 1.0009),
    'norm.weight': torch.full((2,), 1.0009),
    'norm.steps': torch.tensor([[3]]),
}


def publish_state(folder, half=False, **content):
    torch.save({'state_dict': STATE, 'optimizer': {'lr': 1}, **content}, folder / 'epoch_1.pth')
    out = folder / 'new/weights.pth'
    digest = publish(folder / 'epoch_1.pth', out, half)
    assert digest == hashlib.sha256(out.read_bytes()).hexdigest()
    return torch.load(out, weights_only=True)


def test_weights_and_class_names_alone_are_left(tmp_path):
    content = publish_state(tmp_path)
    assert content.keys() == {'meta', 'state_dict'}
    assert content['meta'] == {
        'dataset_meta': {'classes': ('background', 'target'), 'palette': [[0, 0, 0], [255, 0, 0]]}
    }
    for name, value in STATE.items():
        assert torch.equal(content['state_dict'][name], value)
        assert content['state_dict'][name].dtype == value.dtype


def test_the_classes_of_the_training_are_kept(tmp_path):
    meta = {'dataset_meta': {'classes': ['sky', 'ship'], 'palette': [(1, 2, 3), (4, 5, 6)]}}
    assert publish_state(tmp_path, meta=meta)['meta'] == {
        'dataset_meta': {'classes': ('sky', 'ship'), 'palette': [[1, 2, 3], [4, 5, 6]]}
    }


def test_half_precision_is_for_kernels_alone(tmp_path):
    weights = publish_state(tmp_path, half=True)['state_dict']
    assert weights['conv.weight'].dtype == torch.float16
    assert torch.equal(weights['norm.weight'], STATE['norm.weight'])
    assert torch.equal(weights['norm.steps'], STATE['norm.steps'])
    assert weights['norm.steps'].dtype == torch.int64


def test_a_file_with_code_is_refused(tmp_path):
    torch.save({'state_dict': STATE, 'code': Path}, tmp_path / 'epoch_1.pth')
    with pytest.raises(pickle.UnpicklingError):
        publish(tmp_path / 'epoch_1.pth', tmp_path / 'out.pth')


def test_a_file_without_weights_is_named(tmp_path):
    torch.save({'weights': 1}, tmp_path / 'other.pth')
    with pytest.raises(KeyError, match=r'other\.pth: holds no state_dict'):
        publish(tmp_path / 'other.pth', tmp_path / 'out.pth')
