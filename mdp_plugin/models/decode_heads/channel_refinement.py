"""Refinement of a level by a full convolution and channel attention, as in IRSTFormer."""

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmseg.models.utils import SELayer
from mmseg.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class ChannelRefinement(BaseModule):
    """A 3x3 convolution whose channels are weighted by the image, added to the input.

    As ``refine`` of :class:`~mdp_plugin.models.decode_heads.MDPHead` it makes of that head the
    top-down feature aggregation module (TFAM) of IRSTFormer: each level is the sum of its lateral
    and of the enlarged coarser level, refined by attention over the channels (Hu et al.,
    `Squeeze-and-excitation networks`, CVPR 2018).

    Source: Chen, Wang, Tan, `IRSTFormer`, Remote Sensing 14(14), 2022, 3258. Kernels and widths
    are this project's choice.

    Args:
        channels (int): Channels of input and output.
        norm_cfg (dict): Config of the norm layer.
        act_cfg (dict): Config of the activation layer.
    """

    def __init__(self, channels: int, norm_cfg: dict, act_cfg: dict) -> None:
        super().__init__()
        self.conv = ConvModule(channels, channels, 3, padding=1, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.attention = SELayer(channels, ratio=4, act_cfg=(act_cfg, dict(type='Sigmoid')))

    def forward(self, x: Tensor) -> Tensor:
        """Refine a level, (N, channels, H, W) to the same shape."""
        return x + self.attention(self.conv(x))
