"""Which packages are installed, and the command that installs what is missing."""

import importlib.util
import platform
from importlib import metadata

from .project_files import PACKAGE, PROJECT_ROOT
from .version import __version__

#: What trains, and runs weights: PyTorch and OpenMMLab, which the extras onedl and openmmlab bring.
HOST = ('torch', 'mmengine', 'mmcv', 'mmseg')
#: What decides on results, by the names of the distributions; of each kind one is installed.
STACK = (
    'numpy', 'torch', 'onedl-mmengine', 'mmengine', 'onedl-mmcv', 'mmcv', 'mmcv-lite',
    'onedl-mmsegmentation', 'mmsegmentation', 'onnxruntime', 'onnxruntime-gpu', 'openvino',
)  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of this package, of Python, and of what is installed of :data:`STACK`."""
    found = {'mdp_plugin': __version__, 'python': platform.python_version()}
    for name in STACK:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


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
