"""Decode head of IRSTFormer: top-down aggregation, refined by channel attention."""

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmseg.models.utils import SELayer
from mmseg.registry import MODELS
from torch import Tensor, nn

from .mdp_head import MDPHead


class _ChannelRefinement(BaseModule):
    """A 3x3 convolution whose channels are weighted by the image, added to the input.

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


@MODELS.register_module()
class IRSTFormerHead(MDPHead):
    """Top-down feature aggregation module (TFAM): neighbouring scales, channel attention.

    Each level is the sum of its lateral and of the enlarged coarser level, as in
    :class:`~mdp_plugin.models.decode_heads.MDPHead`; here it is refined by a full convolution and
    by attention over the channels (Hu et al., `Squeeze-and-excitation networks`, CVPR 2018).

    Source: Chen, Wang, Tan, `IRSTFormer`, Remote Sensing 14(14), 2022, 3258. Kernels and widths
    are this project's choice.

    Args:
        *args: As of :class:`~mdp_plugin.models.decode_heads.MDPHead`.
        **kwargs: As of :class:`~mdp_plugin.models.decode_heads.MDPHead`, but for
            ``refine_dilations``, which has no meaning here.
    """

    def build_refine(self, channels: int, dilations: None) -> nn.Module:
        """Build the refinement of a level.

        Args:
            channels (int): Width of the level.
            dilations (None): Not used by this head.

        Returns:
            nn.Module: Maps (N, channels, H, W) to the same shape.

        Raises:
            ValueError: If ``refine_dilations`` was given.
        """
        if dilations is not None:
            raise ValueError('IRSTFormerHead has no dilated refinement; remove refine_dilations')
        return _ChannelRefinement(channels, self.norm_cfg, self.act_cfg)
