"""Decode heads."""

from .mdp_head import MDPHead

__all__ = ['MDPHead']
