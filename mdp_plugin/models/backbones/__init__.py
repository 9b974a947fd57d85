"""Backbones."""

from .mdpnet import MDPNet

__all__ = ['MDPNet']
