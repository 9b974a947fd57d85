"""Published weights: safe, small, and as good as the checkpoint they come from."""

import hashlib
import json
import re
from pathlib import Path

import pytest
import torch
from tiny_training import run_tool, write_config, write_dataset


def _figures(config: Path, weights: Path, folder: Path) -> dict[str, float]:
    run_tool('tools/test.py', config, weights, '--work-dir', folder, cwd=folder)
    (file,) = folder.glob('*/*.json')
    figures = json.loads(file.read_text())
    return {key: value for key, value in figures.items() if key.startswith('irstd/')}


def test_published_weights_are_data_alone_and_give_the_same_figures(tmp_path: Path) -> None:
    ema = "custom_hooks = [dict(type='EMAHook', momentum=0.5)]"
    config = write_config(tmp_path, write_dataset(tmp_path / 'data'), ema)
    run_tool('tools/train.py', config, '--work-dir', tmp_path / 'run', cwd=tmp_path)
    checkpoint = tmp_path / 'run' / 'epoch_2.pth'
    published = tmp_path / 'weights.pth'
    output = run_tool(
        'tools/model_converters/publish_model.py', checkpoint, published, cwd=tmp_path
    )
    digest = hashlib.sha256(published.read_bytes()).hexdigest()
    assert re.search(r'SHA-256 (\w+)', output)[1] == digest

    content = torch.load(published, weights_only=True)
    assert set(content) == {'meta', 'state_dict'}
    assert content['meta'] == {
        'dataset_meta': {'classes': ('background', 'target'), 'palette': [[0, 0, 0], [255, 0, 0]]}
    }
    assert published.stat().st_size < checkpoint.stat().st_size / 2
    figures = _figures(config, published, tmp_path / 'test-published')
    assert figures['irstd/num_images'] == 8
    assert figures == _figures(config, checkpoint, tmp_path / 'test-checkpoint')


def test_a_file_without_weights_is_refused(tmp_path: Path) -> None:
    torch.save({'weights': 1}, tmp_path / 'other.pth')
    with pytest.raises(AssertionError, match='holds no state_dict'):
        run_tool('tools/model_converters/publish_model.py', 'other.pth', 'out.pth', cwd=tmp_path)


def test_half_precision_spares_norms_and_keeps_the_figures(tmp_path: Path) -> None:
    config = write_config(tmp_path, write_dataset(tmp_path / 'data'))
    run_tool('tools/train.py', config, '--work-dir', tmp_path / 'run', cwd=tmp_path)
    checkpoint, out = tmp_path / 'run' / 'epoch_2.pth', tmp_path / 'new folder' / 'half.pth'
    tool = 'tools/model_converters/publish_model.py'
    run_tool(tool, checkpoint, out, '--half', cwd=tmp_path)
    full = torch.load(checkpoint, weights_only=True)['state_dict']
    half = torch.load(out, weights_only=True)['state_dict']
    assert full.keys() == half.keys()
    for key, value in half.items():
        is_kernel = full[key].dim() > 1
        assert value.dtype == (torch.float16 if is_kernel else full[key].dtype), key
        assert torch.allclose(value.to(full[key]), full[key], rtol=1e-3, atol=1e-6)
    figures = _figures(config, out, tmp_path / 'test-half')
    expected = _figures(config, checkpoint, tmp_path / 'test-full')
    assert figures['irstd/nIoU'] == pytest.approx(expected['irstd/nIoU'], abs=1)
