import torch
from tiny_training import run_tool, write_config, write_dataset


def test_the_best_weights_are_published_and_the_former_ones_kept(tmp_path):
    config = write_config(tmp_path, write_dataset(tmp_path / 'data'))
    out = tmp_path / 'teachers/best.pth'
    out.parent.mkdir()
    out.write_bytes(b'former')
    output = run_tool(
        'tools/train.py', config, '--work-dir', tmp_path / 'run', '--cfg-options',
        'default_hooks.checkpoint.save_best=irstd/nIoU', 'default_hooks.checkpoint.rule=greater',
        'default_hooks.publish.type=PublishHook', f'default_hooks.publish.out={out}',
        cwd=tmp_path,
    )  # fmt: skip
    (best,) = (tmp_path / 'run').glob('best_*.pth')
    expected = torch.load(best, weights_only=True)['state_dict']
    published = torch.load(out, weights_only=True)
    assert set(published) == {'meta', 'state_dict'}
    for key, value in expected.items():
        assert torch.allclose(published['state_dict'][key].to(value), value, rtol=1e-3), key
    assert (out.parent / 'best.previous.pth').read_bytes() == b'former'
    assert 'SHA-256' in output and best.name in output
