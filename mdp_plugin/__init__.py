"""MDPNet for MMSegmentation.

Configs name :mod:`mdp_plugin.registration`, which registers all modules of the plugin in mmseg.
This package itself imports nothing heavy, so that a camera's program can use
:mod:`mdp_plugin.deploy` without PyTorch and OpenMMLab.
"""

from .version import __version__

__all__ = ['__version__']
