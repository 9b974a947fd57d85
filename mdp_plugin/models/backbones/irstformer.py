"""IRSTFormer's encoder, a hierarchical transformer of overlapped small patches."""

from collections.abc import Sequence
from typing import Any

from mmseg.models.backbones import MixVisionTransformer
from mmseg.registry import MODELS


@MODELS.register_module()
class IRSTFormer(MixVisionTransformer):
    """Hierarchical overlapped small patch transformer (HOSPT), the teacher's backbone.

    Source: Chen, Wang, Tan, `IRSTFormer: a hierarchical vision transformer for infrared small
    target detection`, Remote Sensing 14(14), 2022, 3258. Of the host's Mix Transformer it keeps
    overlapped patch embeddings, attention with spatial reduction and the mix feed-forward, and
    changes what small targets need: patches of 3x3 pixels with stride 2 from the first stage on,
    so that the first tokens stand at half resolution instead of a quarter. The reductions keep
    the number of keys alike in all stages. Widths and depths are this project's choice.

    Args:
        in_channels (int): Channels of the image. Defaults to 1.
        embed_dims (int): Width of a head; stage i has ``embed_dims * num_heads[i]`` channels.
            Defaults to 32.
        num_layers (Sequence[int]): Blocks of each stage. Defaults to (2, 2, 3, 2).
        num_heads (Sequence[int]): Heads of each stage. Defaults to (1, 2, 5, 8).
        patch_sizes (Sequence[int]): Kernel of each patch embedding. Defaults to (3, 3, 3, 3).
        strides (Sequence[int]): Stride of each patch embedding. Defaults to (2, 2, 2, 2).
        sr_ratios (Sequence[int]): Spatial reduction of the keys in each stage.
            Defaults to (16, 8, 4, 2).
        **kwargs: Passed on to :class:`mmseg.models.backbones.MixVisionTransformer`.
    """

    def __init__(
        self,
        in_channels: int = 1,
        embed_dims: int = 32,
        num_layers: Sequence[int] = (2, 2, 3, 2),
        num_heads: Sequence[int] = (1, 2, 5, 8),
        patch_sizes: Sequence[int] = (3, 3, 3, 3),
        strides: Sequence[int] = (2, 2, 2, 2),
        sr_ratios: Sequence[int] = (16, 8, 4, 2),
        **kwargs: Any,
    ) -> None:
        super().__init__(
            in_channels=in_channels,
            embed_dims=embed_dims,
            num_stages=len(num_layers),
            num_layers=num_layers,
            num_heads=num_heads,
            patch_sizes=patch_sizes,
            strides=strides,
            sr_ratios=sr_ratios,
            **kwargs,
        )
