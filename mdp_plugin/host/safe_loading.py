"""Checkpoints are data: loading one never executes what it contains.

The host's loader either falls back to unrestricted unpickling when a file holds something
unexpected (OneDL), or relies on the default of ``torch.load`` (stock), which is unrestricted
before torch 2.6. And both execute the text of a config that a checkpoint carries when training is
resumed. Importing this module registers loaders with the host that do neither, and allows the few
globals which the host's own training checkpoints need.
"""

import ast
import pickle
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_dist_info
from mmengine.logging import HistoryBuffer, print_log
from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler
from mmengine.runner import CheckpointLoader
from mmengine.runner import checkpoint as host

from ..deploy.seal import damaged_entry
from ..project_files import find_project_file

if hasattr(np, '_core'):
    from numpy._core import multiarray
else:
    from numpy.core import multiarray  # type: ignore[no-redef]

#: The statistics that mmengine's buffers of logged values carry as references to methods.
_STATISTICS = ('min', 'max', 'mean', 'current')
#: The annealing functions that the state of a one-cycle schedule refers to.
_ANNEALINGS = ('_annealing_cos', '_annealing_linear')


def _buffer_method(owner: type, name: str) -> Callable[..., Any]:
    """Stand-in for ``getattr`` while unpickling: reaches a few named methods of two classes.

    Raises:
        pickle.UnpicklingError: For any other object or attribute.
    """
    if owner is HistoryBuffer and name in _STATISTICS:
        return getattr(HistoryBuffer, name)
    if owner is _ONE_CYCLE and name in _ANNEALINGS:
        return getattr(OneCycleParamScheduler, name)
    raise pickle.UnpicklingError(f'attribute "{name}" of {owner!r} is not allowed')


def _latin1_bytes(text: str, encoding: str = 'latin1') -> bytes:
    """Stand-in for ``_codecs.encode``, in which pickle wraps the bytes of numpy's numbers.

    Raises:
        pickle.UnpicklingError: For any other encoding.
    """
    if encoding != 'latin1':
        raise pickle.UnpicklingError(f'encoding "{encoding}" is not allowed')
    return text.encode(encoding)


def _alias(function: Callable[..., Any], module: str, name: str) -> Callable[..., Any]:
    """A function that torch's restricted unpickler finds under another full name."""

    def allowed(*args: Any) -> Any:
        return function(*args)

    allowed.__module__, allowed.__name__, allowed.__qualname__ = module, name, name
    return allowed


def _one_cycle(*args: Any) -> None:
    """Stand-in for the one-cycle schedule's class, which a checkpoint names but may not build.

    Raises:
        pickle.UnpicklingError: Always.
    """
    raise pickle.UnpicklingError('a checkpoint may not build an OneCycleParamScheduler')


_ONE_CYCLE = _alias(_one_cycle, OneCycleParamScheduler.__module__, 'OneCycleParamScheduler')


def _training_globals() -> list[Callable[..., Any]]:
    """What the host's training checkpoints refer to besides tensors and plain containers.

    numpy's module is listed under the names of numpy 1 and 2, so that a checkpoint written with
    one loads with the other.
    """
    dtypes = {type(np.dtype(kind)) for kind in ('f4', 'f8', 'i4', 'i8', 'u4', '?')}
    arrays = [
        _alias(getattr(multiarray, name), module, name)
        for module in ('numpy.core.multiarray', 'numpy._core.multiarray')
        for name in ('_reconstruct', 'scalar')
    ]
    getter = _alias(_buffer_method, 'builtins', 'getattr')
    encoder = _alias(_latin1_bytes, '_codecs', 'encode')  # torch allows it itself since 2.5
    return [
        _ONE_CYCLE,
        HistoryBuffer,
        np.ndarray,
        np.dtype,
        slice,
        getter,
        encoder,
        *arrays,
        *dtypes,
    ]


def _literal(node: ast.AST) -> Any:
    """Value of an expression of literals and ``dict(...)`` calls.

    Raises:
        ValueError: If the expression is anything else.
    """
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == 'dict':
        value = {}
        for argument in node.args:
            value.update(_literal(argument))
        for keyword in node.keywords:
            value.update(
                _literal(keyword.value)
                if keyword.arg is None
                else {keyword.arg: _literal(keyword.value)}
            )
        return value
    if isinstance(node, ast.Dict):
        value = {}
        for key, entry in zip(node.keys, node.values):
            if key is None:
                raise ValueError('unpacking')
            value[_literal(key)] = _literal(entry)
        return value
    if isinstance(node, ast.List | ast.Tuple):
        return [_literal(element) for element in node.elts]
    return ast.literal_eval(node)


def is_plain_config(text: str) -> bool:
    """Whether reading a config's text executes nothing.

    That holds for what the host writes itself: assignments of literals and ``dict(...)``, without
    a base file, importing only modules that are imported already.

    Args:
        text (str): The config as Python source.

    Returns:
        bool: False if the text does more than that, or is no Python source.
    """
    try:
        values = {}
        for statement in ast.parse(text).body:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue
            if not isinstance(statement, ast.Assign):
                return False
            (target,) = statement.targets
            if not isinstance(target, ast.Name):
                return False
            values[target.id] = _literal(statement.value)
        imports = values.get('custom_imports', {}).get('imports', [])
        imports = [imports] if isinstance(imports, str) else imports
        return '_base_' not in values and all(name in sys.modules for name in imports)
    except (AttributeError, TypeError, ValueError, SyntaxError, RecursionError):
        return False


def drop_code(checkpoint: Any, file: str) -> Any:
    """Remove config texts from a checkpoint that would execute code when the host reads them.

    Args:
        checkpoint (Any): A loaded checkpoint; changed in place.
        file (str): Its name, for the warning.

    Returns:
        Any: The same object.
    """
    if not isinstance(checkpoint, dict):
        return checkpoint
    meta = checkpoint.get('meta')
    hub = checkpoint.get('message_hub')
    runtime = hub.get('runtime_info') if isinstance(hub, dict) else None
    for holder in (meta, runtime):
        if not isinstance(holder, dict):
            continue
        for key in ('config', 'cfg'):
            if key in holder and not (
                isinstance(holder[key], str) and is_plain_config(holder[key])
            ):
                del holder[key]
                print_log(
                    f'dropped the config inside "{file}": reading it would execute code or import '
                    'modules that are not in use; pass a config file explicitly',
                    logger='current',
                    level=30,
                )
    return checkpoint


class RefusedCheckpoint(pickle.UnpicklingError, ValueError):
    """A file that refers to code, or is no checkpoint."""


class DamagedCheckpoint(RuntimeError, ValueError):
    """A file that is cut off, or whose content does not match its checksums."""


def load_checkpoint_safely(file: Any, map_location: Any = None, **_: Any) -> Any:
    """Load a checkpoint without executing anything that it contains.

    Args:
        file (str | Path | BinaryIO): Path or open file of the checkpoint.
        map_location (str | torch.device | Callable, optional): As in ``torch.load``. Defaults to
            None.

    Returns:
        Any: The content, usually a dict with ``state_dict``.

    Raises:
        RefusedCheckpoint: If the file refers to code outside of the allow-list.
        DamagedCheckpoint: If the file is cut off, changed or no checkpoint at all.
    """
    name = str(getattr(file, 'name', file))
    # torch does not look at the checksums of what it reads.
    if isinstance(file, (str, Path)) and zipfile.is_zipfile(file):
        damage = damaged_entry(Path(file))
        if damage:
            raise DamagedCheckpoint(f'the checkpoint "{name}" is damaged ({damage})')
    try:
        checkpoint = torch.load(file, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        raise RefusedCheckpoint(
            f'refused to load "{name}": it is no checkpoint, or it contains more than weights and '
            'a training state, which could execute code. If you trust its source, load it there '
            "with torch and save its tensors only: torch.save({'state_dict': ...}, path). "
            f'Reason: {error}'
        ) from error
    except Exception as error:  # damaged files fail in many ways
        if isinstance(error, OSError) and error.filename:  # it cannot be opened at all
            raise
        raise DamagedCheckpoint(
            f'cannot read the checkpoint "{name}": it is cut off or damaged '
            f'({type(error).__name__}: {error})'
        ) from error
    return drop_code(checkpoint, name)


@CheckpointLoader.register_scheme(prefixes='', force=True)
def load_from_local(filename: str, map_location: Any = None) -> Any:
    """Loader of local files, registered with the host instead of its own.

    Args:
        filename (str): Path of the checkpoint, see
            :func:`~mdp_plugin.project_files.find_project_file`.
        map_location (Any, optional): As in ``torch.load``. Defaults to None.

    Returns:
        Any: See :func:`load_checkpoint_safely`.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    return load_checkpoint_safely(find_project_file(filename, 'checkpoint'), map_location)


@CheckpointLoader.register_scheme(prefixes=('http://', 'https://'), force=True)
def load_from_http(
    filename: str,
    map_location: Any = None,
    model_dir: str | None = None,
    progress: bool = False,
) -> Any:
    """Loader of web addresses, registered with the host instead of its own.

    Args:
        filename (str): Address of the checkpoint; it is downloaded once, by the first process.
        map_location (Any, optional): As in ``torch.load``. Defaults to None.
        model_dir (str, optional): Folder of the downloads. Defaults to None: torch's own.
        progress (bool): Show the progress of the download. Defaults to False.

    Returns:
        Any: See :func:`load_checkpoint_safely`.
    """
    folder = Path(model_dir or Path(torch.hub.get_dir()) / 'checkpoints')
    path = folder / filename.split('?')[0].rstrip('/').rsplit('/', 1)[-1]
    rank, world_size = get_dist_info()
    if rank == 0 and not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(filename, str(path), progress=progress)
    if world_size > 1:
        torch.distributed.barrier()
    return load_checkpoint_safely(path, map_location)


# The host's other loaders (torchvision://, open-mmlab://, s3://) call these two by name.
host.load_from_http = load_from_http
host._safe_torch_load = load_checkpoint_safely
torch.serialization.add_safe_globals(_training_globals())
