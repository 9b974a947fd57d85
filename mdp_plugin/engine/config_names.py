"""Names in a config that nobody reads are refused, with the nearest name that somebody reads.

The host takes any name: an option that is misspelt changes nothing, and nothing says so. Two rules
tell a mistake from the variables that configs define to build others:

- An option of the command line is one of the run's own names, or of a dictionary that exists.
- A variable of a config may have any name but one that is nearly one of the run's.
"""

import functools
import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmengine.config import Config
from mmengine.runner import (
    EpochBasedTrainLoop,
    IterBasedTrainLoop,
    LogProcessor,
    Runner,
    TestLoop,
    ValLoop,
)
from mmseg import registry
from torch.utils.data import DataLoader

from ..host.strict_loading import ALLOW_KEY

#: Names at the top of a config that the runner or the project reads.
RUN_NAMES = {
    *inspect.signature(Runner.__init__).parameters,
    *('activation_checkpointing', 'compile', 'custom_imports', 'efficient_conv_bn_eval'),
    *('find_unused_parameters', 'model_wrapper_cfg', 'runner_type', 'sync_bn'),
    *('tta_model', 'tta_pipeline', ALLOW_KEY),
} - {'self', 'cfg'}
#: Those that are the project's own, and plain words of which a config may have variations.
_WORDS = {'native', 'scale'}
#: Keys that the host takes out of a dictionary before it builds its class.
_TAKEN = {'type', '_scope_', '_delete_', 'priority', 'by_epoch', 'init_cfg', 'constructor'} | {
    *('convert_to_iter_based', 'paramwise_cfg', 'num_batch_per_epoch'),
}
_REGISTRIES = [
    getattr(registry, name)
    for name in (
        *('MODELS', 'DATASETS', 'TRANSFORMS', 'HOOKS', 'METRICS', 'OPTIMIZERS', 'OPTIM_WRAPPERS'),
        *('PARAM_SCHEDULERS', 'LOOPS', 'VISUALIZERS', 'VISBACKENDS', 'DATA_SAMPLERS'),
        *('LOG_PROCESSORS', 'EVALUATOR'),
    )
]


def nearest(name: str, names: Iterable[str], limit: int | None = None) -> str | None:
    """Find the name that was meant.

    Args:
        name (str): What was written.
        names (Iterable[str]): What could have been meant.
        limit (int, optional): Most letters to add, drop, replace or swap. Defaults to None: any.

    Returns:
        str | None: The nearest name; None if it is further than the limit.
    """
    distance, found = min(((_distance(name, other), other) for other in names), default=(0, None))
    return found if limit is None or distance <= limit else None


def _distance(a: str, b: str) -> int:
    """Letters to add, drop, replace or swap that turn one word into the other."""
    rows = [list(range(len(b) + 1))]
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def _nearly(name: str, names: Iterable[str]) -> str | None:
    """The name of which another is a slip of the finger; short words differ by little anyway."""
    return nearest(name, names, limit=1 + (len(name) > 8))


@functools.cache
def _arguments(kind: Any) -> tuple[frozenset[str], bool]:
    """Arguments of a class or function, and whether it takes others as well."""
    names: set[str] = set()
    classes = inspect.getmro(kind) if inspect.isclass(kind) else (kind,)
    for owner in classes:
        if inspect.isclass(owner):
            if owner is object or '__init__' not in vars(owner):
                continue
            owner = owner.__init__
        parameters = inspect.signature(owner).parameters.values()
        names |= {p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
        if all(p.kind != p.VAR_KEYWORD for p in parameters):
            return frozenset(names), False
    return frozenset(names), True


def _class_of(kind: Any) -> Any:
    """The class that a type names; None if nobody has registered it."""
    if not isinstance(kind, str):
        return kind
    for one in _REGISTRIES:
        found = one.get(kind)
        if found is not None:
            return found
    return None


def _untyped(path: str, node: Mapping) -> Any:
    """Class or function whose arguments a dictionary without a type holds; None if unknown."""
    if path.endswith('_dataloader') and '.' not in path:
        return DataLoader
    by_iteration = node.get('by_epoch') is False
    return {
        'train_cfg': IterBasedTrainLoop if by_iteration else EpochBasedTrainLoop,
        'val_cfg': ValLoop,
        'test_cfg': TestLoop,
        'log_processor': LogProcessor,
        'optim_wrapper': _class_of('OptimWrapper'),
        'randomness': Runner.set_randomness,
    }.get(path)


#: Keys of the dictionaries that no class describes.
_PLAIN = {
    'auto_scale_lr': frozenset({'enable', 'base_batch_size'}),
    'env_cfg': frozenset({'cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'}),
}


def _check(path: str, node: Any) -> None:
    """Look at a part of a config and all below it.

    Raises:
        ValueError: If a key is unknown; names the nearest.
    """
    if isinstance(node, Sequence) and not isinstance(node, str):
        for index, part in enumerate(node):
            _check(f'{path}.{index}', part)
    if not isinstance(node, Mapping):
        return
    if path == 'default_hooks':
        for name, hook in node.items():
            if isinstance(hook, Mapping) and 'type' not in hook:
                others = [other for other in node if other != name]
                raise ValueError(_unknown(f'{path}.{name}', 'default_hooks', others))
    kind = _class_of(node['type']) if 'type' in node else _untyped(path, node)
    names: frozenset[str] | None = _PLAIN.get(path)
    is_open = False
    if kind is not None:
        names, is_open = _arguments(kind)
    for key, part in node.items():
        known = names is None or key in names or key in _TAKEN
        # A class that takes any argument is asked for slips of the finger only.
        if not known and names and (not is_open or _nearly(key, names)):
            owner = getattr(kind, '__name__', path)
            raise ValueError(_unknown(f'{path}.{key}', owner, names))
        if not key.endswith('_cfg'):  # of layers, whose builders take keys of their own
            _check(f'{path}.{key}', part)


def _unknown(path: str, owner: str, names: Iterable[str]) -> str:
    """The sentence about a key that nobody reads."""
    key = path.rpartition('.')[2]
    names = sorted(set(names) - {'self'})
    return (
        f'"{path}" is unknown: {owner} has no "{key}"; the nearest is '
        f'"{nearest(key, names)}", and there are {", ".join(names)}'
    )


def check_options(cfg: Config, options: Mapping[str, Any]) -> None:
    """Check the overrides of a command line before they are merged into a config.

    Args:
        cfg (Config): The config as it was read.
        options (Mapping[str, Any]): Overrides by their dotted keys.

    Raises:
        ValueError: If one would change nothing; names what was meant.
    """
    for key in options:
        first, *others = key.split('.')
        if first not in RUN_NAMES | _WORDS:
            if first in cfg:
                raise ValueError(
                    f'--cfg-options {key}: "{first}" is a variable that the config has used '
                    'already when it was read, so that changing it changes nothing. Name the '
                    'places where its value went, such as train_dataloader.dataset...'
                )
            raise ValueError(
                f'--cfg-options {key}: no run reads "{first}"; the nearest name is '
                f'"{nearest(first, RUN_NAMES)}"'
            )
        node: Any = cfg.get(first)
        for name in others:
            if isinstance(node, Mapping) and name not in node and 'type' not in node:
                meant = _nearly(name, node)
                if meant:
                    raise ValueError(f'--cfg-options {key}: there is no "{name}", but "{meant}"')
            if isinstance(node, Sequence) and not isinstance(node, str):
                node = node[int(name)] if name.isdigit() and int(name) < len(node) else None
            else:
                node = node.get(name) if isinstance(node, Mapping) else None


def check_config(cfg: Config) -> None:
    """Check all names of a config, overrides included.

    Args:
        cfg (Config): The config.

    Raises:
        ValueError: If a name is one of the run's with a slip of the finger, or a dictionary below
            them has a key that its class does not take.
    """
    if 'runner_type' in cfg:  # of somebody else, who knows its own names
        return
    for name, part in cfg.items():
        if name in RUN_NAMES:
            _check(name, part)
        elif not name.startswith('_') and (meant := _nearly(name, RUN_NAMES)):
            raise ValueError(
                f'{cfg.filename}: no run reads "{name}"; is "{meant}" meant? A variable that '
                'builds others needs a name that is less like it.'
            )
