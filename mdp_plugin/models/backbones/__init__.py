"""Backbones: from an image to one feature map for each stage."""

from .irstformer import IRSTFormer
from .mdpnet import MDPNet

__all__ = ['IRSTFormer', 'MDPNet']
