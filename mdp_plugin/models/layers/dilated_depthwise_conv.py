"""Dilated depthwise convolution whose backward pass is fast on a CPU."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def _to_phases(x: Tensor, dilation: int) -> Tensor:
    """Sort an image's pixels into ``dilation**2`` images, each of every dilation-th pixel.

    Args:
        x (Tensor): (N, C, H, W).
        dilation (int): Distance of the pixels that come together.

    Returns:
        Tensor: (N * dilation**2, C, ceil(H / dilation), ceil(W / dilation)), channels last; rows
        and columns that are missing for that are zero.
    """
    x = x.permute(0, 2, 3, 1)
    x = F.pad(x, (0, 0, 0, -x.size(2) % dilation, 0, -x.size(1) % dilation))
    x = x.unflatten(2, (-1, dilation)).unflatten(1, (-1, dilation)).permute(0, 2, 4, 1, 3, 5)
    return x.flatten(0, 2).permute(0, 3, 1, 2)


class _DilatedDepthwise(torch.autograd.Function):
    """Stride 1, 3x3, padding equal to the dilation, no bias."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, dilation: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.dilation = dilation
        return F.conv2d(x, weight, padding=dilation, dilation=dilation, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, weight = ctx.saved_tensors
        d, groups = ctx.dilation, len(weight)
        grad_x = grad_weight = None
        if ctx.needs_input_grad[0]:
            # The transpose of this convolution is the same one with its kernel turned around.
            grad_x = F.conv2d(grad, weight.flip(2, 3), padding=d, dilation=d, groups=groups)
        if ctx.needs_input_grad[1]:
            # Among the pixels of one phase the convolution is an ordinary one of dilation 1.
            grad_weight = torch.ops.aten.convolution_backward(
                _to_phases(grad, d), _to_phases(x, d), weight, None, (1, 1), (1, 1), (1, 1),
                False, (0, 0), groups, (False, True, False),
            )[1]  # fmt: skip
        return grad_x, grad_weight, None


class DilatedDepthwiseConv2d(nn.Conv2d):
    """Depthwise 3x3 convolution of stride 1 that keeps the size.

    It computes what :class:`torch.nn.Conv2d` does. On a CPU, that one's gradients take five times
    longer with a dilation than without, and in bfloat16 and channels-last the one of the weights is
    wrong: it holds what was in memory before (torch 2.15). Here they are computed by convolutions
    without dilation, which are fast and right.

    Args:
        channels (int): Channels of input and output.
        dilation (int): Dilation, and padding. Defaults to 1.
    """

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__(
            channels, channels, 3, padding=dilation, dilation=dilation, groups=channels, bias=False
        )

    def forward(self, x: Tensor) -> Tensor:
        """Convolve.

        Args:
            x (Tensor): (N, channels, H, W).

        Returns:
            Tensor: (N, channels, H, W).
        """
        if not self.training or x.device.type != 'cpu' or self.dilation[0] == 1:
            return super().forward(x)
        weight = self.weight
        if torch.is_autocast_enabled('cpu'):
            dtype = torch.get_autocast_dtype('cpu')
            x, weight = x.to(dtype), weight.to(dtype)
        return _DilatedDepthwise.apply(x, weight, self.dilation[0])
