"""Layers shared by the backbone and the decode head."""

from .cpu_conv import CPUConv2d
from .dilated_depthwise_conv import DilatedDepthwiseConv2d
from .dilated_pyramid_block import DilatedPyramidBlock

__all__ = ['CPUConv2d', 'DilatedDepthwiseConv2d', 'DilatedPyramidBlock']
