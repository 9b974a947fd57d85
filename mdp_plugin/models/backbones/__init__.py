"""Backbones."""

from .irstformer import IRSTFormer
from .mdpnet import MDPNet

__all__ = ['IRSTFormer', 'MDPNet']
