"""Decode heads: from the feature maps to a logit for each pixel."""

from .irstformer_head import IRSTFormerHead
from .mdp_head import MDPHead

__all__ = ['IRSTFormerHead', 'MDPHead']
