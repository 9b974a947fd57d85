"""A vision transformer of a few thousand parameters and a teacher with its tokens."""

from pathlib import Path
from typing import Any

import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from tiny_teacher import student_cfg

ENCODER = dict(
    type='mmpretrain.VisionTransformer',
    arch=dict(embed_dims=16, num_layers=3, num_heads=2, feedforward_channels=32),
    img_size=32,
    patch_size=4,
)


def write_encoder(path: Path, seed: int = 0, backbone: dict | None = None) -> Path:
    """Save random weights of a transformer."""
    init_default_scope('mmseg')
    torch.manual_seed(seed)
    network = MODELS.build(backbone or ENCODER)
    network.init_weights()
    with torch.no_grad():  # tokens that differ clearly from place to place
        for parameter in network.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    torch.save(dict(state_dict=network.state_dict()), path)
    return path


def guided_cfg(encoder: Path, reduction: Path, **kwargs: Any) -> dict:
    """The tiny student of `tiny_teacher.py`, guided by tokens of 4 pixels in windows of 8."""
    cfg = student_cfg()
    cfg.update(
        type='TokenGuidedEncoderDecoder',
        tokens=dict(
            type='TokenEncoder', backbone=ENCODER, checkpoint=str(encoder), blocks=(1, 2),
            cell=4, window=8, autocast=None,
        ),
        reduction=dict(channels=6, file=str(reduction)),
        guidance=dict(channels=8, depth=1, num_heads=2),
    )  # fmt: skip
    return cfg | kwargs


def write_reduction(path: Path, width: int = 32, channels: int = 6, seed: int = 0) -> Path:
    """Save a reduction that is fitted to noise."""
    from mdp_plugin.models.distillation import TokenReduction

    reduction = TokenReduction(width, channels)
    reduction.fit(torch.randn(200, width, generator=torch.Generator().manual_seed(seed)))
    torch.save(reduction.state_dict(), path)
    return path
