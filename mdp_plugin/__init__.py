"""MDPNet for MMSegmentation.

Configs name :mod:`mdp_plugin.registration`, which registers all modules of the plugin in mmseg.
This package itself imports nothing heavy, so that a camera's program can use
:mod:`mdp_plugin.deploy` without PyTorch and OpenMMLab.
"""

from typing import Any

from .version import __version__

__all__ = ['TargetDetector', '__version__']


def __getattr__(name: str) -> Any:
    """Import the detector when it is asked for."""
    if name == 'TargetDetector':
        from .detection import TargetDetector

        return TargetDetector
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
