"""Layers of the backbone, of the decode heads and of what guides them."""

from .cpu_conv import CPUConv2d
from .dilated_depthwise_conv import DilatedDepthwiseConv2d
from .dilated_pyramid_block import DilatedPyramidBlock
from .token_guidance import TokenGuidance

__all__ = ['CPUConv2d', 'DilatedDepthwiseConv2d', 'DilatedPyramidBlock', 'TokenGuidance']
