"""The building block of MDPNet: a parallel pyramid of depthwise separable dilated convolutions."""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule, build_activation_layer, build_conv_layer, build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from .cpu_conv import CPUConv2d
from .dilated_depthwise_conv import DilatedDepthwiseConv2d

FUSIONS = ('split', 'hierarchical', 'sum')
#: Largest dilation whose kernel is merged with its neighbours' for inference.
LARGEST_MERGED = 2


class DilatedPyramidBlock(BaseModule):
    r"""Parallel dilated depthwise branches, fused by a pointwise convolution.

    The abstract of MDPNet fixes the parts: several parallel branches, each a depthwise separable
    convolution with its own dilation, growing from branch to branch. How the branches share the
    channels is open. With :math:`D_k` the depthwise 3x3 convolution of dilation :math:`d_k`,
    :math:`x_k` the k-th of K equal slices of the channels, :math:`\sigma` norm and activation and
    :math:`P` the pointwise convolution with its norm, the pyramid is one of

    .. math::
        \text{split:}\quad        & P\,\sigma([y_1, \dots, y_K]), & y_k &= D_k(x_k) \\
        \text{hierarchical:}\quad & P\,\sigma([y_1, \dots, y_K]), & y_k &= D_k(x_k) + y_{k-1} \\
        \text{sum:}\quad          & P\,\sigma(\textstyle\sum_k y_k), & y_k &= D_k(x)

    ``split`` costs as much as one depthwise convolution, ``sum`` K times as much.
    ``hierarchical`` adds the finer branches to the coarser ones, which removes the gridding of
    dilated kernels (Mehta et al., `ESPNet`, ECCV 2018). The input is added to the result.

    Args:
        channels (int): Channels of input and output.
        dilations (Sequence[int]): Dilation of each branch; its length is the number of branches.
            Defaults to (1, 2, 3, 4).
        fusion (str): 'split', 'hierarchical' or 'sum'. Defaults to 'split'.
        conv_cfg (dict, optional): Config of the convolution layers. Defaults to None:
            :class:`CPUConv2d`, with :class:`DilatedDepthwiseConv2d` for the branches.
        norm_cfg (dict, optional): Config of the norm layers; None is dict(type='BN').
        act_cfg (dict, optional): Config of the activation layers; None is
            dict(type='ReLU', inplace=True).
        init_cfg (dict or list, optional): Initialisation. Defaults to None.

    Raises:
        ValueError: For an unknown fusion, no branch, a dilation below 1, or channels that do not
            divide into equal slices.
    """

    def __init__(
        self,
        channels: int,
        dilations: Sequence[int] = (1, 2, 3, 4),
        fusion: str = 'split',
        conv_cfg: dict | None = None,
        norm_cfg: dict | None = None,
        act_cfg: dict | None = None,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        norm_cfg = norm_cfg or dict(type='BN')
        act_cfg = act_cfg or dict(type='ReLU', inplace=True)
        if fusion not in FUSIONS:
            raise ValueError(f'fusion must be one of {FUSIONS}, got {fusion!r}')
        if not dilations or min(dilations) < 1:
            raise ValueError(f'dilations must be one or more integers from 1 on, got {dilations!r}')
        num_slices = 1 if fusion == 'sum' else len(dilations)
        if channels % num_slices:
            raise ValueError(
                f'{channels} channels do not divide into {num_slices} branches; '
                "change the widths or `dilations`, or use fusion='sum'"
            )
        self.fusion = fusion
        branch_channels = channels // num_slices
        self.branches = nn.ModuleList(
            DilatedDepthwiseConv2d(branch_channels, dilation)
            if conv_cfg is None
            else build_conv_layer(
                conv_cfg,
                branch_channels,
                branch_channels,
                3,
                padding=dilation,
                dilation=dilation,
                groups=branch_channels,
                bias=False,
            )
            for dilation in dilations
        )
        self.norm = build_norm_layer(norm_cfg, channels)[1]
        self.act = build_activation_layer(act_cfg)
        self.fuse = ConvModule(
            channels,
            channels,
            1,
            conv_cfg=conv_cfg or dict(type=CPUConv2d),
            norm_cfg=norm_cfg,
            act_cfg=None,
        )
        self.out_act = build_activation_layer(act_cfg)

    def forward(self, x: Tensor) -> Tensor:
        """Fuse the branches.

        Args:
            x (Tensor): (N, channels, H, W).

        Returns:
            Tensor: (N, channels, H, W).
        """
        if len(self.branches) == 1:
            pyramid = self.branches[0](x)
        elif self.fusion == 'sum':
            pyramid = sum(branch(x) for branch in self.branches)
        else:
            slices = x.split([branch.in_channels for branch in self.branches], dim=1)
            outs = [branch(part) for branch, part in zip(self.branches, slices, strict=True)]
            if self.fusion == 'hierarchical':
                for k in range(1, len(outs)):
                    outs[k] = outs[k] + outs[k - 1]
            pyramid = torch.cat(outs, dim=1)
        return self.out_act(self.fuse(self.act(self.norm(pyramid))) + x)

    def merge_branches(self) -> bool:
        r"""Fold the norm into the branches, and merge those of small dilations, for inference.

        A batch norm in eval mode is a scale and a shift. A 3x3 kernel of dilation d is a dense
        kernel of :math:`2d + 1` with zeros between its taps, so that one depthwise convolution can
        replace several, with the same result. Up to 5x5 that is faster than to slice and join the
        channels; a dense 9x9 kernel, which computes with 72 zeros a channel, takes twice the time
        of slices. Branches that are summed read the same channels, and all of them become one.
        Can be done once.

        Returns:
            bool: False, and nothing is changed, where no such convolution exists: for the
            hierarchical sum of several branches, whose slices mix, and for norms that depend on
            the input.
        """
        mixes = self.fusion == 'hierarchical' and len(self.branches) > 1
        if mixes or not isinstance(self.norm, nn.modules.batchnorm._BatchNorm):
            return False
        if self.fusion == 'sum':
            groups = [list(self.branches)]
        else:
            groups = []
            for branch in self.branches:
                small = branch.dilation[0] <= LARGEST_MERGED
                if groups and small and groups[-1][0].dilation[0] <= LARGEST_MERGED:
                    groups[-1].append(branch)
                else:
                    groups.append([branch])
        scale = self.norm.weight / (self.norm.running_var + self.norm.eps).sqrt()
        shift = self.norm.bias - self.norm.running_mean * scale
        widths = [self._width(group) for group in groups]
        self.branches = nn.ModuleList(
            self._merge(group, *parts)
            for group, *parts in zip(groups, scale.split(widths), shift.split(widths), strict=True)
        )
        self.norm = nn.Identity()
        return True

    def _width(self, branches: Sequence[nn.Conv2d]) -> int:
        """Channels that some branches have together."""
        if self.fusion == 'sum':
            return branches[0].out_channels
        return sum(branch.out_channels for branch in branches)

    @torch.no_grad()
    def _merge(self, branches: Sequence[nn.Conv2d], scale: Tensor, shift: Tensor) -> nn.Conv2d:
        """One convolution for some branches and their norm's scale and shift, (C,) each."""
        channels = len(scale)
        if len(branches) == 1:
            dilation = branches[0].dilation[0]
            merged = nn.Conv2d(
                channels, channels, 3, padding=dilation, dilation=dilation, groups=channels
            ).to(scale)
            merged.weight.copy_(branches[0].weight)
        else:
            radius = max(branch.dilation[0] for branch in branches)
            merged = nn.Conv2d(channels, channels, 2 * radius + 1, padding=radius, groups=channels)
            merged = merged.to(scale)
            merged.weight.zero_()
            start = 0
            for branch in branches:
                dilation, width = branch.dilation[0], branch.out_channels
                taps = slice(radius - dilation, radius + dilation + 1, dilation)
                merged.weight[start : start + width, :, taps, taps] += branch.weight
                if self.fusion != 'sum':
                    start += width
        merged.weight *= scale.view(-1, 1, 1, 1)
        merged.bias.copy_(shift)
        return merged
