import numpy as np
import pytest
import torch
from torch import nn

from mdp_plugin.models.layers import DilatedPyramidBlock

EPS = 1e-5


def randomize(module: nn.Module, seed: int = 0) -> nn.Module:
    """Draw all weights and statistics, so that no term of a formula vanishes; eval mode."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            values = torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype)
            tensor.copy_(values + 0.5 if 'running_var' in name else values - 0.4)
    return module.eval()


def depthwise(x: np.ndarray, kernels: np.ndarray, dilation: int) -> np.ndarray:
    """Depthwise 3x3 convolution of (C, H, W) with zero padding, written out."""
    channels, height, width = x.shape
    out = np.zeros_like(x)
    for c in range(channels):
        for row in range(height):
            for column in range(width):
                for i in range(3):
                    for j in range(3):
                        y, z = row + (i - 1) * dilation, column + (j - 1) * dilation
                        if 0 <= y < height and 0 <= z < width:
                            out[c, row, column] += kernels[c, 0, i, j] * x[c, y, z]
    return out


def batch_norm(x: np.ndarray, norm: nn.BatchNorm2d) -> np.ndarray:
    mean, var, weight, bias = (
        t.detach().numpy()[:, None, None]
        for t in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    )
    return (x - mean) / np.sqrt(var + EPS) * weight + bias


def reference(block: DilatedPyramidBlock, x: np.ndarray, dilations, fusion: str) -> np.ndarray:
    """The formulas of the class's docstring for one image (C, H, W)."""
    kernels = [branch.weight.detach().numpy() for branch in block.branches]
    if fusion == 'sum':
        pyramid = sum(depthwise(x, k, d) for k, d in zip(kernels, dilations))
    else:
        width = x.shape[0] // len(dilations)
        outs = []
        for index, (k, d) in enumerate(zip(kernels, dilations)):
            out = depthwise(x[index * width : (index + 1) * width], k, d)
            if fusion == 'hierarchical' and index:
                out = out + outs[-1]
            outs.append(out)
        pyramid = np.concatenate(outs)
    pyramid = np.maximum(batch_norm(pyramid, block.norm), 0)
    pointwise = block.fuse.conv.weight.detach().numpy()[:, :, 0, 0]
    fused = batch_norm(np.einsum('oc,chw->ohw', pointwise, pyramid), block.fuse.bn)
    return np.maximum(fused + x, 0)


@pytest.mark.parametrize('fusion', ['split', 'hierarchical', 'sum'])
@pytest.mark.parametrize('dilations', [(1, 2, 3), (1,)])
def test_fusions_follow_their_formulas(fusion, dilations):
    block = randomize(DilatedPyramidBlock(6, dilations, fusion).double())
    x = (
        torch.rand(2, 6, 7, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        - 0.3
    )
    out = block(x).detach().numpy()
    for image, result in zip(x.numpy(), out):
        np.testing.assert_allclose(result, reference(block, image, dilations, fusion), atol=1e-9)


def test_fusions_differ_from_each_other():
    x = torch.rand(1, 6, 7, 8)
    split, hierarchical = (
        randomize(DilatedPyramidBlock(6, (1, 2, 3), fusion))(x)
        for fusion in ('split', 'hierarchical')
    )
    assert not torch.allclose(split, hierarchical)


def test_parameters_by_hand():
    # Depthwise kernels, their norm, pointwise matrix, its norm.
    for fusion, kernels in (('split', 12 * 9), ('hierarchical', 12 * 9), ('sum', 3 * 12 * 9)):
        block = DilatedPyramidBlock(12, (1, 2, 3), fusion)
        assert sum(p.numel() for p in block.parameters()) == kernels + 24 + 144 + 24


@pytest.mark.parametrize('fusion', ['split', 'hierarchical', 'sum'])
def test_every_parameter_receives_a_gradient(fusion):
    block = DilatedPyramidBlock(8, (1, 2), fusion)
    block(torch.randn(2, 8, 9, 11)).square().mean().backward()
    for name, parameter in block.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_norm_and_activation_come_from_the_config():
    block = DilatedPyramidBlock(
        8, (1, 2), norm_cfg=dict(type='GN', num_groups=2), act_cfg=dict(type='LeakyReLU')
    )
    kinds = [type(module) for module in block.modules()]
    assert kinds.count(nn.GroupNorm) == 2 and kinds.count(nn.LeakyReLU) == 2
    assert nn.BatchNorm2d not in kinds and nn.ReLU not in kinds
    assert block(-torch.ones(1, 8, 4, 4)).min() < 0


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(fusion='mean'), 'fusion must be one of'),
        (dict(dilations=()), 'dilations must be'),
        (dict(dilations=(0, 1)), 'dilations must be'),
        (dict(dilations=(1, 2, 3)), '8 channels do not divide into 3 branches'),
    ],
)
def test_misuse_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        DilatedPyramidBlock(8, **options)
    assert DilatedPyramidBlock(8, (1, 2, 3), fusion='sum') is not None
