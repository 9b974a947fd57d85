import pytest
import torch
from torch import nn

from mdp_plugin.models.layers import DilatedDepthwiseConv2d


@pytest.mark.parametrize('dilation', [1, 2, 3, 5])
@pytest.mark.parametrize('size', [(12, 12), (7, 11), (4, 3)])
@pytest.mark.parametrize('channels_last', [True, False])
def test_values_and_gradients_are_those_of_torch(dilation, size, channels_last):
    torch.manual_seed(0)
    ours = DilatedDepthwiseConv2d(6, dilation).double()
    torchs = nn.Conv2d(6, 6, 3, padding=dilation, dilation=dilation, groups=6, bias=False).double()
    torchs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 6, *size, dtype=torch.float64)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    upstream = torch.randn_like(x)
    results = []
    for conv in (ours, torchs):
        leaf = x.clone().requires_grad_()
        out = conv(leaf)
        out.backward(upstream)
        results.append((out, leaf.grad, conv.weight.grad))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b)


def test_a_slice_of_the_channels_and_frozen_weights():
    conv = DilatedDepthwiseConv2d(3, 2)
    x = torch.randn(1, 6, 9, 8, requires_grad=True)
    conv.weight.requires_grad_(False)
    conv(x[:, 3:]).sum().backward()
    assert conv.weight.grad is None
    assert (x.grad[:, :3] == 0).all() and (x.grad[:, 3:] != 0).all()


def test_mixed_precision_has_the_usual_types():
    conv = DilatedDepthwiseConv2d(4, 3)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        out = conv(torch.randn(2, 4, 8, 8))
    assert out.dtype == torch.bfloat16
    out.float().sum().backward()
    assert conv.weight.grad.dtype == torch.float32


@pytest.mark.parametrize('channels', [4, 16, 24])
@pytest.mark.parametrize('dilation', [2, 4])
def test_mixed_precision_has_the_right_gradients(channels, dilation):
    """torch's own gradient of the weights is what was in memory before."""
    torch.manual_seed(0)
    conv = DilatedDepthwiseConv2d(channels, dilation)
    x = torch.randn(4, channels, 32, 32).contiguous(memory_format=torch.channels_last)
    upstream = torch.randn_like(x)
    results = []
    for enabled in (False, *[True] * 20):
        # Freed at once, so that memory that is handed out unset holds these values.
        used = [torch.full((size,), 1e3) for size in (100, 400, 1000, 5000)]
        del used
        leaf, conv.weight.grad = x.clone().requires_grad_(), None
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=enabled):
            out = conv(leaf)
        out.float().backward(upstream)
        results.append((leaf.grad, conv.weight.grad))
    for found in results[1:]:
        for a, b in zip(found, results[0], strict=True):
            assert (a - b).abs().max() < 0.03 * b.abs().max()
