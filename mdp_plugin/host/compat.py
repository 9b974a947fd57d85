"""Bridge to the host packages: are they there, and what differs between their two lines.

MMSegmentation exists as the maintained OneDL packages (``onedl-mmsegmentation`` and companions)
and as the stock OpenMMLab ones (``mmsegmentation``). Both install the same import names, so the
plugin only ever imports by name; everything that depends on which line is installed is here.
This module runs before any other of the plugin, so that a missing or outdated host is named with
the command that mends it, and not met as an error deep inside the host.
"""

import contextlib
import importlib
import importlib.machinery
import importlib.util
import io
import re
import sys
import types
import warnings
from collections.abc import Callable
from importlib import metadata
from typing import Any

from ..installation import install_command

#: Oldest supported version by import name; OneDL's numbers are all above these.
MINIMUM_VERSIONS = {'mmengine': '0.10.7', 'mmcv': '2.1.0', 'mmseg': '1.2.2'}
#: Distributions of the two lines: installed together, the later overwrites the earlier.
ONEDL = ('onedl-mmengine', 'onedl-mmcv', 'onedl-mmsegmentation', 'onedl-mmpretrain')
OPENMMLAB = ('mmengine', 'mmcv', 'mmcv-lite', 'mmsegmentation', 'mmpretrain')


def _installed(distributions: tuple[str, ...]) -> list[str]:
    """Those of the given distributions that are installed."""
    found = []
    for name in distributions:
        with contextlib.suppress(metadata.PackageNotFoundError):
            metadata.version(name)
            found.append(name)
    return found


def _as_numbers(version: str) -> tuple[int, ...]:
    """Leading numbers of a version, enough to compare releases: '1.2.2rc1' -> (1, 2, 2)."""
    return tuple(int(number) for number in re.findall(r'\d+', version)[:3])


def check_hosts() -> None:
    """Check that mmengine, mmcv and mmseg are installed, recent enough and of one line.

    Raises:
        ImportError: If one is missing or too old, or if packages of both lines are installed;
            the message says which and gives the command that mends it.
    """
    onedl, openmmlab = _installed(ONEDL), _installed(OPENMMLAB)
    if onedl and openmmlab:
        raise ImportError(
            f'packages of two lines are installed and overwrite each other: {", ".join(onedl)} '
            f'and {", ".join(openmmlab)}. Mend it: pip uninstall -y '
            f'{" ".join(onedl + openmmlab)} && {install_command("onedl")}'
        )
    command = install_command('openmmlab' if openmmlab else 'onedl')
    if openmmlab:
        # Stock mmseg imports both but declares neither.
        undeclared = [name for name in ('ftfy', 'regex') if not importlib.util.find_spec(name)]
        if undeclared:
            raise ImportError(f'mmseg needs {" and ".join(undeclared)}. Mend it: {command}')
    for name, minimum in MINIMUM_VERSIONS.items():
        if importlib.util.find_spec(name) is None:
            raise ImportError(f'the package "{name}" is missing. Mend it: {command}')
        try:
            version = importlib.import_module(name).__version__
        except (ImportError, AssertionError) as error:
            raise ImportError(
                f'the package "{name}" is installed but does not import ({error}). '
                f'Mend it: {command}'
            ) from error
        if _as_numbers(version) < _as_numbers(minimum):
            raise ImportError(
                f'"{name}" {version} is too old, at least {minimum} is needed. Mend it: {command}'
            )


class _MissingOps(types.ModuleType):
    """Stands for mmcv's compiled operators: they can be named, and fail when called."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith('__'):
            raise AttributeError(name)

        def unavailable(*args: Any, **kwargs: Any) -> None:
            raise ImportError(
                f'mmcv was installed without compiled operators, and "{name}" is one; MDPNet '
                'needs none of them. For models that do, install mmcv instead of mmcv-lite.'
            )

        return unavailable


def bridge_missing_ops() -> None:
    """Let stock mmseg import with mmcv-lite.

    mmseg 1.2.2 imports ``mmcv.ops`` in a few models and losses whether they are used or not, and
    mmcv-lite has no compiled extension. OneDL's mmseg guards these imports itself.
    """
    if not _installed(('mmsegmentation',)) or importlib.util.find_spec('mmcv._ext'):
        return
    stub = _MissingOps('mmcv._ext')
    stub.__spec__ = importlib.machinery.ModuleSpec('mmcv._ext', None)
    sys.modules['mmcv._ext'] = stub


def import_hosts_quietly() -> None:
    """Import mmseg's registries' content without the notices of packages that nobody asked for.

    OneDL's mmseg prints that its optional data client is absent and warns of operators that were
    not compiled. Neither concerns a user of this plugin. Errors are not hidden.
    """
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.filterwarnings('ignore', message='Fail to import')
        importlib.import_module('mmseg.datasets')
        importlib.import_module('mmseg.models')


check_hosts()
bridge_missing_ops()
import_hosts_quietly()
