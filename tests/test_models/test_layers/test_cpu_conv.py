"""The convolution that trains faster on a CPU computes what torch's does."""

import pytest
import torch
from torch import nn

from mdp_plugin.models.layers import CPUConv2d

SHAPES = {
    'pointwise': (8, 12, 1, {}),
    'pointwise with bias': (8, 12, 1, dict(bias=True)),
    'pointwise with a stride': (8, 12, 1, dict(stride=2)),
    'pointwise with padding': (8, 12, 1, dict(padding=1)),
    'grouped pointwise': (8, 12, 1, dict(groups=4)),
    'depthwise': (8, 8, 3, dict(padding=1, groups=8)),
    'depthwise with a stride': (8, 8, 3, dict(stride=2, padding=1, groups=8)),
    'depthwise of 5x5': (8, 8, 5, dict(stride=2, padding=2, groups=8)),
    'dense': (1, 8, 3, dict(padding=1)),
}


def pair(name):
    *sizes, options = SHAPES[name]
    options = {'bias': False, **options}
    torch.manual_seed(0)
    plain = nn.Conv2d(*sizes, **options)
    fast = CPUConv2d(*sizes, **options)
    fast.load_state_dict(plain.state_dict())
    return plain, fast


def run(layer, x, lower):
    x = x.clone().requires_grad_(True)
    with torch.autocast('cpu', torch.bfloat16, enabled=lower):
        y = layer(x)
    torch.manual_seed(1)
    y.backward(torch.randn(y.shape).to(y))
    return y, x.grad, *(p.grad for p in layer.parameters())


@pytest.mark.parametrize('memory_format', [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize('name', SHAPES)
def test_outputs_and_gradients_are_those_of_torch(name, memory_format):
    plain, fast = pair(name)
    x = torch.randn(2, SHAPES[name][0], 9, 11).to(memory_format=memory_format)
    for mine, theirs in zip(run(fast, x, False), run(plain, x, False), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-5)
    assert torch.equal(fast.eval()(x), plain.eval()(x))


@pytest.mark.parametrize('name', SHAPES)
def test_in_bfloat16_they_are_those_of_float32_up_to_its_rounding(name):
    plain, fast = pair(name)
    x = torch.randn(2, SHAPES[name][0], 9, 11).to(memory_format=torch.channels_last)
    for mine, theirs in zip(run(fast, x, True), run(plain, x, False), strict=True):
        torch.testing.assert_close(mine.float(), theirs, rtol=0.05, atol=0.1)


def test_a_pointwise_convolution_keeps_the_memory_format():
    _, fast = pair('pointwise')
    x = torch.randn(2, 8, 9, 11).to(memory_format=torch.channels_last)
    assert fast(x).is_contiguous(memory_format=torch.channels_last)


def test_gradients_of_strided_depthwise_layers_are_computed_in_float32():
    plain, fast = pair('depthwise with a stride')
    x = torch.randn(2, 8, 9, 11)
    exact = run(plain, x, False)
    for mine, theirs in zip(run(fast, x, True), exact, strict=True):
        torch.testing.assert_close(mine, theirs)
