"""MDPNet for MMSegmentation.

Configs name :mod:`mdp_plugin.registration`, which registers all modules of the plugin in mmseg.
This package itself imports nothing heavy, so that a camera's program can use
:mod:`mdp_plugin.deploy` without PyTorch and OpenMMLab.
"""

from importlib import import_module
from typing import Any

from .version import __version__

#: The Python API, and the module of each name; it is imported when it is asked for.
_HOMES = {
    'Protocol': '.evaluation.protocol',
    'TargetDetector': '.detection',
    'calibrate': '.evaluation.calibration',
    'config_file': '.project_files',
    'evaluate': '.evaluation.evaluating',
    'operating_points': '.evaluation.calibration',
    'report': '.reporting.building',
}

__all__ = [  # noqa: F822  (see __getattr__)
    'Protocol',
    'TargetDetector',
    '__version__',
    'calibrate',
    'config_file',
    'evaluate',
    'operating_points',
    'report',
]


def __getattr__(name: str) -> Any:
    """Import a name of the API when it is asked for."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
