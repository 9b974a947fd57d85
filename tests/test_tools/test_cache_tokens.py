"""Tokens are encoded once, a teacher trains with them, and they change nothing."""

from pathlib import Path

import cv2
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS, MODELS
from tiny_encoder import guided_cfg, write_encoder
from tiny_training import run_tool, write_config, write_dataset


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = str(tmp_path / 'tokens')
    encoder = write_encoder(tmp_path / 'encoder.pth')
    model = guided_cfg(encoder, tmp_path / 'tokens/reduction.pth')
    del model['data_preprocessor']
    model['test_cfg'] = dict(mode='whole')
    return write_config(tmp_path, write_dataset(tmp_path / 'data'), f"""
model = dict(data_preprocessor=data_preprocessor, **{model!r})
pack = dict(type='PackSegInputs', meta_keys=('img_path', 'ori_shape', 'img_shape', 'tokens'))
flip = [dict(type='RandomFlip', prob=0.5)]
tokens = dict(type='LoadTokens', folder={folder!r})
train_dataloader['dataset']['pipeline'] = [*load, dict(steps=flip, **tokens), pack]
val_dataloader = {{**val_dataloader, 'dataset': {{**val_dataloader['dataset'],
    'pipeline': [*load, tokens, pack]}}}}
""")  # fmt: skip


def test_a_teacher_trains_and_is_tested_with_stored_tokens(config: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r'holds no tokens\. .*cache_tokens\.py'):
        run_tool('tools/train.py', config, '--work-dir', tmp_path / 'run', cwd=tmp_path)
    output = run_tool('tools/cache_tokens.py', config, cwd=tmp_path)
    assert '8 images encoded, 16 looked at' in output
    assert '0 images encoded' in run_tool('tools/cache_tokens.py', config, cwd=tmp_path)
    run_tool('tools/train.py', config, '--work-dir', tmp_path / 'run', cwd=tmp_path)

    # Stored tokens or none: the same probabilities.
    cfg = Config.fromfile(config)
    init_default_scope('mmseg')
    model = MODELS.build(cfg.model).eval()
    state = torch.load(tmp_path / 'run/epoch_2.pth', weights_only=True)['state_dict']
    assert not [key for key in state if 'qkv' in key and 'guidance' not in key]
    model.load_state_dict(state)
    probabilities = []
    for loader in (cfg.val_dataloader, cfg.test_dataloader):
        batch = pseudo_collate([DATASETS.build(loader.dataset)[3]])
        with torch.no_grad():
            (found,) = model.test_step(batch)
        assert ('tokens' in found.metainfo) == (loader is cfg.val_dataloader)
        probabilities.append(found.seg_logits.data)
    assert torch.allclose(*probabilities, atol=1e-3)
    assert probabilities[0].std() > 0

    # An image that has changed is noticed, and so is another encoder.
    image = next((tmp_path / 'data/images').iterdir())
    cv2.imwrite(str(image), cv2.imread(str(image), 0)[::-1])
    with pytest.raises(AssertionError, match=rf'{image.name}.*cache_tokens\.py'):
        run_tool('tools/train.py', config, '--work-dir', tmp_path / 'again', cwd=tmp_path)
    write_encoder(tmp_path / 'encoder.pth', seed=1)
    with pytest.raises(AssertionError, match='another encoder'):
        run_tool('tools/cache_tokens.py', config, cwd=tmp_path)


def test_all_symmetries_and_a_config_without_tokens(config: Path, tmp_path: Path) -> None:
    output = run_tool(
        'tools/cache_tokens.py', config, '--symmetries', '--splits', 'val', cwd=tmp_path
    )
    assert '64 images encoded, 8 looked at' in output
    plain = write_config(tmp_path / 'plain', tmp_path / 'data')
    with pytest.raises(AssertionError, match='no config of a teacher with tokens'):
        run_tool('tools/cache_tokens.py', plain, cwd=tmp_path)
