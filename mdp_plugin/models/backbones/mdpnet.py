"""MDPNet, the multi-branch dilated pyramid network for infrared small targets."""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from mmengine.model import BaseModule, Sequential
from mmseg.registry import MODELS
from torch import Tensor

from ..layers import CPUConv2d, DilatedPyramidBlock


@MODELS.register_module()
class MDPNet(BaseModule):
    """Backbone of MDPNet: every stage is a parallel pyramid of dilated depthwise convolutions.

    Source: Chen, Wang, Li, `Designing and learning a lightweight network for infrared small target
    detection via dilated pyramid and semantic distillation`, Infrared Physics & Technology 131,
    2023, 104671. Only the abstract is public; ``docs/reconstruction.md`` lists what it leaves
    open, what was measured, and the decisions that are the defaults here.

    .. code-block:: none

        image (N, in_channels, H, W)
          stem      convolution, stride stem_stride
          stage i   depthwise separable 3x3 convolution, stride strides[i], to embed_dims[i]
                    (left out where neither size nor width changes), then
                    depths[i] pyramid blocks            each stage's output is one feature map

    Args:
        in_channels (int): Channels of the image: 1 for infrared, 3 for colour. Defaults to 1.
        stem_channels (int): Channels after the stem. Defaults to 32.
        stem_stride (int): Stride of the stem, 1, 2 or 4 (4 as two convolutions of stride 2).
            Defaults to 2.
        stem_kernel_size (int): Side of the stem's kernel, odd. Defaults to 3.
        embed_dims (Sequence[int]): Width of each stage. Defaults to (32, 64, 96, 128).
        depths (Sequence[int]): Pyramid blocks of each stage. Defaults to (2, 2, 3, 4).
        strides (Sequence[int]): Stride at the beginning of each stage. Defaults to (1, 2, 2, 2).
        dilations (Sequence[int] or Sequence[Sequence[int]]): Dilations of the branches, the same
            for all stages or one sequence for each stage.
            Defaults to ((1, 2), (1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4)).
        fusion (str): How the branches share the channels, see
            :class:`~mdp_plugin.models.layers.DilatedPyramidBlock`. Defaults to 'split'.
        out_indices (Sequence[int]): Stages whose outputs are returned. Defaults to (0, 1, 2, 3).
        channels_last (bool): Whether to compute in the channels-last memory format, in which
            depthwise convolutions train three times faster on a CPU. Defaults to True.
        conv_cfg (dict, optional): Config of the convolution layers. Defaults to None:
            :class:`~mdp_plugin.models.layers.CPUConv2d`.
        norm_cfg (dict): Config of the norm layers. Defaults to dict(type='BN').
        act_cfg (dict, optional): Config of the activation layers; None is
            dict(type='ReLU', inplace=True).
        init_cfg (dict or list, optional): Initialisation; None is Kaiming for convolutions.

    Raises:
        ValueError: If the sequences differ in length, or a stride, a kernel or an index does not
            fit.
    """

    def __init__(
        self,
        in_channels: int = 1,
        stem_channels: int = 32,
        stem_stride: int = 2,
        stem_kernel_size: int = 3,
        embed_dims: Sequence[int] = (32, 64, 96, 128),
        depths: Sequence[int] = (2, 2, 3, 4),
        strides: Sequence[int] = (1, 2, 2, 2),
        dilations: Sequence[int] | Sequence[Sequence[int]] = (
            (1, 2),
            (1, 2, 3, 4),
            (1, 2, 3, 4),
            (1, 2, 3, 4),
        ),
        fusion: str = 'split',
        out_indices: Sequence[int] = (0, 1, 2, 3),
        channels_last: bool = True,
        conv_cfg: dict | None = None,
        norm_cfg: dict | None = None,
        act_cfg: dict | None = None,
        init_cfg: dict | list | None = None,
    ) -> None:
        if init_cfg is None:
            init_cfg = [
                dict(type='Kaiming', layer='Conv2d'),
                dict(type='Constant', val=1, layer=['_BatchNorm', 'GroupNorm']),
            ]
        super().__init__(init_cfg)
        norm_cfg = norm_cfg or dict(type='BN')
        act_cfg = act_cfg or dict(type='ReLU', inplace=True)
        num_stages = len(embed_dims)
        if not len(depths) == len(strides) == num_stages:
            raise ValueError(
                'embed_dims, depths and strides need one value for each stage, got '
                f'{len(embed_dims)}, {len(depths)} and {len(strides)} values'
            )
        if isinstance(dilations[0], int):
            dilations = [dilations] * num_stages
        if len(dilations) != num_stages:
            raise ValueError(
                f'dilations needs one sequence for each of the {num_stages} stages, '
                f'got {len(dilations)}'
            )
        if not out_indices or not all(0 <= i < num_stages for i in out_indices):
            raise ValueError(f'out_indices must lie in 0..{num_stages - 1}, got {out_indices!r}')
        if stem_stride not in (1, 2, 4):
            raise ValueError(f'stem_stride must be 1, 2 or 4, got {stem_stride!r}')
        if stem_kernel_size < 1 or stem_kernel_size % 2 == 0:
            raise ValueError(f'stem_kernel_size must be odd, got {stem_kernel_size!r}')
        self.out_indices = tuple(out_indices)
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format

        layer_cfg = dict(
            conv_cfg=conv_cfg or dict(type=CPUConv2d), norm_cfg=norm_cfg, act_cfg=act_cfg
        )
        stem_strides = (2, 2) if stem_stride == 4 else (stem_stride,)
        self.stem = Sequential(
            *(
                ConvModule(
                    in_channels if i == 0 else stem_channels,
                    stem_channels,
                    stem_kernel_size,
                    stride=stride,
                    padding=stem_kernel_size // 2,
                    **layer_cfg,
                )
                for i, stride in enumerate(stem_strides)
            )
        )
        self.stages = []
        channels = stem_channels
        for i in range(num_stages):
            layers = []
            if strides[i] != 1 or channels != embed_dims[i]:
                layers.append(
                    DepthwiseSeparableConvModule(
                        channels,
                        embed_dims[i],
                        3,
                        stride=strides[i],
                        padding=1,
                        # Nothing nonlinear stands between the two, so one norm serves both.
                        dw_norm_cfg=None,
                        dw_act_cfg=None,
                        bias=False,
                        **layer_cfg,
                    )
                )
            channels = embed_dims[i]
            layers.extend(
                DilatedPyramidBlock(
                    channels, dilations[i], fusion=fusion, **{**layer_cfg, 'conv_cfg': conv_cfg}
                )
                for _ in range(depths[i])
            )
            # One attribute for each stage (`stage0`, ...) keeps the keys of a checkpoint readable.
            self.add_module(f'stage{i}', Sequential(*layers))
            self.stages.append(f'stage{i}')

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Extract the features of the stages in ``out_indices``.

        Args:
            x (Tensor): (N, in_channels, H, W) with H and W of 32 pixels or more, odd ones too.

        Returns:
            tuple[Tensor, ...]: For stage i, (N, embed_dims[i], H / s_i, W / s_i), rounded up,
            with s_i the product of the strides so far.
        """
        if self.memory_format == torch.channels_last and x.size(1) == 1:
            # With one channel both formats are the same memory, and only the strides tell the stem
            # which one to compute in; this view has those of the channels-last format.
            x = x.squeeze(1).unsqueeze(-1).permute(0, 3, 1, 2)
        x = self.stem(x).contiguous(memory_format=self.memory_format)
        outs = []
        for i, name in enumerate(self.stages):
            x = getattr(self, name)(x)
            if i in self.out_indices:
                outs.append(x)
        return tuple(outs)
