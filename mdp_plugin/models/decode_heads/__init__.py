"""Decode heads."""

from .irstformer_head import IRSTFormerHead
from .mdp_head import MDPHead

__all__ = ['IRSTFormerHead', 'MDPHead']
