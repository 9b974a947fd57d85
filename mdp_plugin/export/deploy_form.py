"""The form of a model for inference only: the same results with fewer operations."""

import copy

import torch
from mmcv.cnn import fuse_conv_bn
from torch import nn

from ..models.decode_heads import MDPHead
from ..models.layers import DilatedPyramidBlock


def _shuffle_by_convolution(factor: int) -> nn.Module:
    """Pixel shuffle to one channel as a transposed convolution.

    Backends have no fast kernel for the shuffle: ONNX Runtime spends a tenth of the smallest
    network's time on it, and a third of that on the convolution.
    """
    if factor == 1:
        return nn.Identity()
    shuffle = nn.ConvTranspose2d(factor**2, 1, factor, stride=factor, bias=False)
    with torch.no_grad():
        shuffle.weight.copy_(torch.eye(factor**2).view(factor**2, 1, factor, factor))
    return shuffle.requires_grad_(False)


def deploy_form(model: nn.Module) -> nn.Module:
    """Merge what only training needs apart.

    The branches and norms of every pyramid block become one depthwise convolution (see
    :meth:`~mdp_plugin.models.layers.DilatedPyramidBlock.merge_branches`), the other batch norms
    are folded into the convolutions before them, the head's pixel shuffle becomes a transposed
    convolution, the kernel of its details is stored as one, and layers of the training loss are
    removed.

    Args:
        model (nn.Module): A segmentor, or a part of one; it is not changed.

    Returns:
        nn.Module: A copy in eval mode whose outputs agree up to rounding.
    """
    model = copy.deepcopy(model).eval()
    for module in list(model.modules()):
        if isinstance(module, DilatedPyramidBlock):
            module.merge_branches()
        if isinstance(module, MDPHead):
            module.shuffle = _shuffle_by_convolution(module.upscale).to(module.conv_seg.weight)
            if module.detail_channels:
                module.merge_details()
            module.aux_convs = nn.ModuleList()
            module.aux_weights = ()
    return fuse_conv_bn(model)
