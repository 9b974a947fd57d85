"""A student and a teacher of a few thousand parameters, for tests of distillation."""

from pathlib import Path
from typing import Any

import torch
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn


def preprocessor(mean: list[float], std: list[float]) -> dict:
    return dict(
        type='SegDataPreProcessor', mean=mean, std=std, pad_val=0, seg_pad_val=255, size=(64, 64)
    )


def student_cfg(**kwargs: Any) -> dict:
    return dict(
        type='EncoderDecoder',
        data_preprocessor=preprocessor([80.0], [20.0]),
        backbone=dict(
            type='MDPNet', stem_channels=8, embed_dims=(8, 16), depths=(1, 1), strides=(1, 2),
            dilations=((1, 2), (1, 2)), out_indices=(0, 1),
        ),
        decode_head=dict(
            type='MDPHead', in_channels=(8, 16), channels=8, align_corners=False,
            loss_decode=[
                dict(type='SoftIoULoss', reduction='batch'),
                dict(type='CrossEntropyLoss', use_sigmoid=True, loss_name='loss_bce'),
            ],
        ),
        train_cfg=dict(),
        test_cfg=ConfigDict(mode='whole'),
    ) | kwargs  # fmt: skip


def teacher_cfg(**kwargs: Any) -> dict:
    """Two stages of 8 and 16 channels at 1/2 and 1/4, with everything that is noise in training."""
    return dict(
        type='EncoderDecoder',
        data_preprocessor=preprocessor([80.0], [20.0]),
        backbone=dict(
            type='IRSTFormer', embed_dims=8, num_layers=(1, 1), num_heads=(1, 2),
            patch_sizes=(3, 3), strides=(2, 2), sr_ratios=(4, 2), out_indices=(0, 1),
            drop_rate=0.3, attn_drop_rate=0.3, drop_path_rate=0.5,
        ),
        decode_head=dict(
            type='MDPHead', refine=dict(type='ChannelRefinement'), in_channels=(8, 16), channels=8,
            dropout_ratio=0.5,
            align_corners=False, loss_decode=dict(type='SoftIoULoss', reduction='batch'),
        ),
        train_cfg=dict(),
        test_cfg=ConfigDict(mode='whole'),
    ) | kwargs  # fmt: skip


def write_weights(path: Path, cfg: dict, seed: int = 0) -> Path:
    """Save random weights of a segmentor as a checkpoint."""
    init_default_scope('mmseg')  # fixtures of a module come before the scope of a test
    torch.manual_seed(seed)
    model: nn.Module = MODELS.build(cfg)
    model.init_weights()
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


def distillers() -> dict:
    """A distiller of every kind for the two."""
    return dict(
        semantic=dict(student=1, teacher=1, loss=dict(type='SemanticDistillationLoss')),
        soft_logits=dict(student='logits', teacher='logits', loss=dict(type='SoftLogitsLoss')),
        feature_mse=dict(student=0, teacher=1, loss=dict(type='FeatureMSELoss')),
        attention_transfer=dict(student=1, teacher=1, loss=dict(type='AttentionTransferLoss')),
        cwd=dict(student=0, teacher=1, loss=dict(type='ChannelWiseDistillationLoss')),
    )  # fmt: skip


def distillation_cfg(checkpoint: Path, **kwargs: Any) -> dict:
    return student_cfg(
        type='DistillEncoderDecoder',
        teacher=dict(type='FrozenTeacher', config=teacher_cfg(), checkpoint=str(checkpoint)),
        distillers=distillers(),
    ) | dict(kwargs)
