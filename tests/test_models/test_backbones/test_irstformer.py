import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

SMALL = dict(type='IRSTFormer', embed_dims=8, num_layers=(1, 1, 1, 1), num_heads=(1, 2, 2, 4))


@pytest.mark.parametrize('size', [(64, 64), (33, 47), (32, 96)])
def test_stages_halve_the_size_from_the_first_on(size):
    model = MODELS.build(SMALL)
    outs = model(torch.rand(2, 1, *size))
    height, width = size
    for out, channels in zip(outs, (8, 16, 16, 32), strict=True):
        height, width = -(-height // 2), -(-width // 2)
        assert out.shape == (2, channels, height, width)


def test_every_parameter_learns():
    model = MODELS.build(SMALL)
    model.init_weights()
    sum(out.square().sum() for out in model(torch.rand(1, 1, 64, 64))).backward()
    for name, parameter in model.named_parameters():
        # All keys move alike by their bias, which the softmax cancels.
        if not name.endswith('in_proj_bias'):
            assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize('variant, low, high', [('base', 4.5e6, 6.5e6), ('small', 0.8e6, 1.5e6)])
def test_sizes_of_the_teachers(project_root, variant, low, high):
    path = project_root / f'configs/irstformer/irstformer-{variant}_sirst-320x320.py'
    model = MODELS.build(Config.fromfile(path).model)
    assert low < sum(p.numel() for p in model.parameters()) < high
