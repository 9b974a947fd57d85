"""Layers shared by the backbone and the decode head."""

from .dilated_depthwise_conv import DilatedDepthwiseConv2d
from .dilated_pyramid_block import DilatedPyramidBlock

__all__ = ['DilatedDepthwiseConv2d', 'DilatedPyramidBlock']
