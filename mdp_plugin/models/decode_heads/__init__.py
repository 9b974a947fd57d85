"""Decode heads: from the feature maps to a logit for each pixel."""

from .channel_refinement import ChannelRefinement
from .mdp_head import MDPHead

__all__ = ['ChannelRefinement', 'MDPHead']
