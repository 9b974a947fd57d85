"""Decode head of MDPNet: top-down fusion of the stages, one logit for each pixel."""

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import DepthwiseSeparableConvModule
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from mmseg.utils import SampleList
from torch import Tensor, nn
from torch.nn import functional as F

from ..layers import CPUConv2d, DilatedPyramidBlock


@MODELS.register_module()
class MDPHead(BaseDecodeHead):
    r"""Top-down fusion from the deepest stage to the finest one.

    .. code-block:: none

        stage n    lateral 1x1 ── refine ──┐ upsample
        stage n-1  lateral 1x1 ── + ── refine ──┐ upsample
        ...
        stage 0    lateral 1x1 ── + ── refine ── conv_seg ── pixel shuffle

    The finest stage is usually at half resolution, since layers at full resolution take the most
    time of all on a CPU. With ``upscale=2`` the 2x2 logits of each of its positions are predicted
    and shuffled into place (Shi et al., CVPR 2016); with ``upscale=1`` its logit is enlarged
    bilinearly. A lateral that would not change the width is left out.

    With ``detail_channels`` the outline is drawn at full resolution: the coarse levels say where a
    target is, and how much the image's own details count there. At pixel :math:`p`

    .. math::
        \text{logit}(p) = a(p) + \sum_k g_k(p)\, d_k(p)

    with :math:`a` and the gates :math:`g_k` predicted by ``conv_seg`` as sub-pixels, and the
    details :math:`d_k` a 3x3 convolution of the first feature map, which has full resolution and
    is not a level. That replaces a whole level at full resolution in half of its time. The
    formula is the project's own; gating by a coarse prediction is known from attention gates
    (Oktay et al., `Attention U-Net`, MIDL 2018).

    Args:
        in_channels (Sequence[int]): Channels of the stages, finest first.
        channels (int): Channels of the finest level of the head.
        level_channels (Sequence[int], optional): Channels of each level, finest first; None is
            ``channels`` for all. Defaults to None.
        refine_dilations (Sequence[int], optional): Dilations of the pyramid block that refines
            each level; None is a plain depthwise separable convolution. Defaults to None.
        refine (dict, optional): Config of another layer that refines each level; it is given
            ``channels``, ``norm_cfg`` and ``act_cfg``. Defaults to None.
        upscale (int): ``upscale**2`` logits are predicted for each position of the finest stage.
            Defaults to 2.
        detail_channels (int): Number of details :math:`d_k`; 0 for none. With them ``in_index`` has
            to leave the first feature map out. Defaults to 0.
        detail_in_channels (int): Channels of the first feature map. Defaults to 0.
        interpolate_mode (str): How a coarser level is enlarged, 'bilinear' or 'nearest'. The latter
            takes an eighth less time in the smallest network. Defaults to 'bilinear'.
        aux_weights (Sequence[float]): Deep supervision: weight of the loss of each coarser level,
            second-finest first; their layers are used in training only. Defaults to ().
        num_classes (int): Fixed to 2, background and target, with ``out_channels=1``.
        threshold (float): A probability above it is a target. Defaults to 0.5.
        dropout_ratio (float): Dropout before the classifier. Defaults to 0.
        norm_cfg (dict, optional): Config of the norm layers; None is dict(type='BN').
        init_cfg (dict or list, optional): Initialisation; None starts the classifier at a target
            probability of 0.01.
        **kwargs: Passed on to :class:`mmseg.models.decode_heads.decode_head.BaseDecodeHead`.

    Raises:
        ValueError: If the number of level channels or of auxiliary weights does not fit, for
            another ``interpolate_mode``, for ``refine`` with ``refine_dilations``, or if one of the
            two numbers of details is missing.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int,
        level_channels: Sequence[int] | None = None,
        refine_dilations: Sequence[int] | None = None,
        refine: dict | None = None,
        upscale: int = 2,
        detail_channels: int = 0,
        detail_in_channels: int = 0,
        interpolate_mode: str = 'bilinear',
        aux_weights: Sequence[float] = (),
        num_classes: int = 2,
        threshold: float = 0.5,
        dropout_ratio: float = 0.0,
        norm_cfg: dict | None = None,
        init_cfg: dict | list | None = None,
        **kwargs: Any,
    ) -> None:
        num_levels = len(in_channels)
        if (detail_channels > 0) != (detail_in_channels > 0):
            raise ValueError(
                'detail_channels and detail_in_channels are both positive or both 0, got '
                f'{detail_channels} and {detail_in_channels}'
            )
        if init_cfg is None:
            # Every pixel starts as a target with probability 0.01 (Lin et al., `Focal loss`, ICCV
            # 2017): from 0.5 the soft IoU first learns that all is background and stays there.
            init_cfg = dict(
                type='Normal',
                std=0.01,
                override=dict(type='Normal', name='conv_seg', std=0.01, bias_prob=0.01),
            )
        super().__init__(
            in_channels=list(in_channels),
            in_index=kwargs.pop('in_index', list(range(num_levels))),
            input_transform='multiple_select',
            channels=channels,
            num_classes=num_classes,
            out_channels=1,
            threshold=threshold,
            dropout_ratio=dropout_ratio,
            norm_cfg=norm_cfg or dict(type='BN'),
            init_cfg=init_cfg,
            **kwargs,
        )
        level_channels = list(level_channels or [channels] * num_levels)
        if len(level_channels) != num_levels or level_channels[0] != channels:
            raise ValueError(
                f'level_channels needs {num_levels} values, the first of them channels='
                f'{channels}, got {level_channels}'
            )
        if len(aux_weights) > num_levels - 1:
            raise ValueError(
                f'aux_weights allows at most {num_levels - 1} values for {num_levels} levels, '
                f'got {len(aux_weights)}'
            )
        if interpolate_mode not in ('bilinear', 'nearest'):
            raise ValueError(
                f"interpolate_mode must be 'bilinear' or 'nearest', got {interpolate_mode!r}"
            )
        if refine is not None and refine_dilations is not None:
            raise ValueError('refine is a layer of its own; leave it or refine_dilations out')
        self.upscale = upscale
        # As the host's `resize` takes them: the nearest neighbour has no corners to align.
        self.enlarging = dict(mode=interpolate_mode)
        if interpolate_mode == 'bilinear':
            self.enlarging['align_corners'] = self.align_corners
        self.aux_weights = tuple(aux_weights)
        # Neither laterals nor reduces carry a norm: the refinement of the level has its own. Both
        # are left out where the widths agree already.
        self.laterals = nn.ModuleList(
            nn.Identity()
            if in_channels[i] == level_channels[i]
            else CPUConv2d(in_channels[i], level_channels[i], 1)
            for i in range(num_levels)
        )
        self.reduces = nn.ModuleList(
            nn.Identity()
            if level_channels[i] == level_channels[i + 1]
            else CPUConv2d(level_channels[i + 1], level_channels[i], 1)
            for i in range(num_levels - 1)
        )
        self.refines = nn.ModuleList(
            self.build_refine(width, refine_dilations, refine) for width in level_channels
        )
        self.detail_channels = detail_channels
        self.conv_seg = CPUConv2d(channels, (1 + detail_channels) * upscale**2, 1)
        if detail_channels:
            self.detail_conv = nn.Conv2d(detail_in_channels, detail_channels, 3, padding=1)
        self.shuffle = nn.PixelShuffle(upscale)
        self.aux_convs = nn.ModuleList(
            nn.Conv2d(level_channels[i + 1], 1, 1) for i in range(len(self.aux_weights))
        )

    def build_refine(
        self, channels: int, dilations: Sequence[int] | None, refine: dict | None
    ) -> nn.Module:
        """Build the refinement of a level.

        Args:
            channels (int): Width of the level.
            dilations (Sequence[int], optional): ``refine_dilations``.
            refine (dict, optional): Config of another layer.

        Returns:
            nn.Module: Maps (N, channels, H, W) to the same shape.
        """
        if refine is not None:
            cfg = dict(channels=channels, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
            return MODELS.build({**cfg, **refine})
        layer_cfg = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        if dilations is not None:
            return DilatedPyramidBlock(channels, dilations, **layer_cfg)
        layer_cfg['conv_cfg'] = self.conv_cfg or dict(type=CPUConv2d)
        return DepthwiseSeparableConvModule(
            channels,
            channels,
            3,
            padding=1,
            dw_norm_cfg=None,
            dw_act_cfg=None,
            bias=False,
            **layer_cfg,
        )

    def forward_levels(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Fuse the stages top-down.

        Args:
            inputs (Sequence[Tensor]): The backbone's feature maps, (N, C_i, H_i, W_i).

        Returns:
            list[Tensor]: The refined levels, finest first, (N, level_channels[i], H_i, W_i).
        """
        feats = self._transform_inputs(inputs)
        levels = [None] * len(feats)
        for i in reversed(range(len(feats))):
            level = self.laterals[i](feats[i])
            if i + 1 < len(feats):
                coarse = self.reduces[i](levels[i + 1])
                level = level + resize(coarse, size=level.shape[2:], **self.enlarging)
            levels[i] = self.refines[i](level)
        return levels

    def classify(self, feat: Tensor, inputs: Sequence[Tensor]) -> Tensor:
        """Predict the logits of the finest level.

        Args:
            feat (Tensor): The refined finest level, (N, channels, h, w).
            inputs (Sequence[Tensor]): The backbone's feature maps. With details the first one,
                (N, detail_in_channels, H, W), has the resolution of the logits.

        Returns:
            Tensor: (N, 1, upscale * h, upscale * w), with details (N, 1, H, W).
        """
        maps = self.cls_seg(feat)
        if self.detail_channels:
            own, *gates = maps.split(self.upscale**2, dim=1)
            details = self.subpixel_details(inputs[0]).split(self.upscale**2, dim=1)
            maps = own + sum(gate * detail for gate, detail in zip(gates, details, strict=True))
        logits = self.shuffle(maps)
        if self.detail_channels:
            # An odd side was rounded up on its way to half resolution.
            logits = logits[..., : inputs[0].size(2), : inputs[0].size(3)]
        return logits

    def subpixel_details(self, feat: Tensor) -> Tensor:
        """Compute the details in the order of sub-pixels, before the pixel shuffle.

        A 3x3 convolution at each of the ``upscale**2`` pixels of a position is one convolution of
        stride ``upscale`` whose larger kernel holds the 3x3 one at as many places. It computes the
        same without a map of few channels at full resolution, which costs a CPU twice the time.

        Args:
            feat (Tensor): The first feature map, (N, detail_in_channels, H, W).

        Returns:
            Tensor: (N, detail_channels * upscale**2, ceil(H / upscale), ceil(W / upscale)).
        """
        r = self.upscale
        padded = F.pad(feat, (1, r, 1, r))
        if self.detail_conv.stride == (r, r) and self.detail_conv.padding == (0, 0):
            return self.detail_conv(padded)  # merged
        return F.conv2d(padded, *self.detail_kernel(), stride=r)

    def detail_kernel(self) -> tuple[Tensor, Tensor]:
        """Kernel of :meth:`subpixel_details`.

        Returns:
            tuple[Tensor, Tensor]: Weight (K * r**2, detail_in_channels, r + 2, r + 2) and bias
            (K * r**2,), with r of ``upscale`` and K of ``detail_channels``.
        """
        conv, r = self.detail_conv, self.upscale
        places = [
            F.pad(conv.weight, (column, r - 1 - column, row, r - 1 - row))
            for row in range(r)
            for column in range(r)
        ]
        return torch.stack(places, dim=1).flatten(0, 1), conv.bias.repeat_interleave(r * r)

    def merge_details(self) -> None:
        """Store the kernel of :meth:`subpixel_details`, for inference only; done once."""
        weight, bias = self.detail_kernel()
        merged = nn.Conv2d(*weight.shape[1::-1], weight.shape[2:], self.upscale).to(weight)
        with torch.no_grad():
            merged.weight.copy_(weight)
            merged.bias.copy_(bias)
        self.detail_conv = merged

    def init_weights(self) -> None:
        """Initialise as configured; gates start without the classifier's bias."""
        super().init_weights()
        if self.detail_channels:
            nn.init.zeros_(self.conv_seg.bias[self.upscale**2 :])

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Predict logits from the backbone's feature maps.

        Args:
            inputs (Sequence[Tensor]): Feature maps (N, C_i, H_i, W_i), finest first.

        Returns:
            Tensor: Logits (N, 1, upscale * h, upscale * w) with h and w of the finest level; with
            details (N, 1, H_0, W_0).
        """
        return self.classify(self.forward_levels(inputs)[0], inputs)

    def loss(
        self, inputs: Sequence[Tensor], batch_data_samples: SampleList, train_cfg: dict
    ) -> dict[str, Tensor]:
        """Compute the losses of the prediction and of the supervised coarser levels.

        Args:
            inputs (Sequence[Tensor]): Feature maps (N, C_i, H_i, W_i).
            batch_data_samples (list[SegDataSample]): N samples with ``gt_sem_seg`` (1, H, W).
            train_cfg (dict): Unused, part of the host's interface.

        Returns:
            dict[str, Tensor]: One entry for each loss, those of coarser levels with the prefix
            ``aux{level}_``.
        """
        levels = self.forward_levels(inputs)
        losses = self.loss_by_feat(self.classify(levels[0], inputs), batch_data_samples)
        for i, (conv, weight) in enumerate(zip(self.aux_convs, self.aux_weights, strict=True), 1):
            aux_losses = self.loss_by_feat(conv(levels[i]), batch_data_samples)
            losses.update({f'aux{i}_{name}': weight * loss for name, loss in aux_losses.items()})
        return losses

    def loss_by_feat(self, seg_logits: Tensor, batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Compute the losses of one logit map.

        The host's method adds ``acc_seg``, at one channel the share of the background, and spends
        as long on it as on the losses.

        Args:
            seg_logits (Tensor): Logits (N, 1, h, w), enlarged bilinearly to the labels' size.
            batch_data_samples (list[SegDataSample]): N samples with ``gt_sem_seg`` (1, H, W).

        Returns:
            dict[str, Tensor]: The loss of each of ``loss_decode``, by its ``loss_name``.
        """
        label = self._stack_batch_gt(batch_data_samples)
        logits = seg_logits
        if logits.shape[2:] != label.shape[2:]:
            logits = resize(
                logits, size=label.shape[2:], mode='bilinear', align_corners=self.align_corners
            )
        label = label.squeeze(1)
        weight = None if self.sampler is None else self.sampler.sample(logits, label)
        several = isinstance(self.loss_decode, nn.ModuleList)
        losses: dict[str, Tensor] = {}
        for term in self.loss_decode if several else [self.loss_decode]:
            loss = term(logits, label, weight=weight, ignore_index=self.ignore_index)
            losses[term.loss_name] = losses.get(term.loss_name, 0) + loss
        return losses
