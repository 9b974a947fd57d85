"""Layers shared by the backbone and the decode head."""

from .dilated_pyramid_block import DilatedPyramidBlock

__all__ = ['DilatedPyramidBlock']
