"""Which packages are installed, and the command that installs what is missing."""

import importlib.util

from .project_files import PACKAGE, PROJECT_ROOT

#: What trains, and runs weights: PyTorch and OpenMMLab, which the extras onedl and openmmlab bring.
HOST = ('torch', 'mmengine', 'mmcv', 'mmseg')


def missing_packages(*names: str) -> list[str]:
    """Those of the given packages, by import name, that are not installed; none is imported."""
    return [name for name in names if importlib.util.find_spec(name) is None]


def install_command(extra: str) -> str:
    """The command that installs an extra of setup.py, for error messages.

    Args:
        extra (str): Such as 'runtime' or 'onedl'.

    Returns:
        str: It installs into the checkout if the project runs from one.
    """
    if PACKAGE.parent == PROJECT_ROOT:
        return f'pip install -e ".[{extra}]"'
    return f'pip install "mdp_plugin[{extra}]"'
