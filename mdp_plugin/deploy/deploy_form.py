"""The form of a model for inference only: the same results with fewer operations."""

import copy

from mmcv.cnn import fuse_conv_bn
from torch import nn

from ..models.layers import DilatedPyramidBlock


def deploy_form(model: nn.Module) -> nn.Module:
    """Merge what only training needs apart.

    The branches and norms of every pyramid block become one depthwise convolution (see
    :meth:`~mdp_plugin.models.layers.DilatedPyramidBlock.merge_branches`), the other batch norms
    are folded into the convolutions before them, and layers of the training loss are removed.

    Args:
        model (nn.Module): A segmentor, or a part of one; it is not changed.

    Returns:
        nn.Module: A copy in eval mode whose outputs agree up to rounding.
    """
    model = copy.deepcopy(model).eval()
    for module in list(model.modules()):
        if isinstance(module, DilatedPyramidBlock):
            module.merge_branches()
        if hasattr(module, 'aux_convs'):
            module.aux_convs = nn.ModuleList()
            module.aux_weights = ()
    return fuse_conv_bn(model)
