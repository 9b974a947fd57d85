"""Weights of another network are refused, by one rule at every door.

The host writes what does not fit into its log and goes on: half of the network keeps random values,
and a table of figures follows with exit status 0. Importing this module makes the host's runner and
its `load_checkpoint` ask :func:`fit_weights`, as all of the project does.

What is refused: a shape that differs, a part of the network without weights, weights without a
part, and in any case weights of which nothing fits. Parts that serve training only may be missing
or left over: auxiliary heads, a teacher and what stands between it and its student.
"""

import functools
import re
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import Runner, checkpoint
from mmengine.runner.base_loop import BaseLoop
from mmseg.models.segmentors.base import BaseSegmentor
from torch import Tensor, nn

#: Key of a config that lets the runner load what fits; `--allow-mismatch` of the tools sets it.
ALLOW_KEY = 'allow_mismatch'
#: What an inference does without.
_TRAINING_ONLY = ('auxiliary_head', 'distillers', 'teacher')


_host_fit = checkpoint._load_checkpoint_to_model


def describe_network(state: dict[str, Tensor]) -> str:
    """Say in a few words which network a state belongs to.

    Args:
        state (dict[str, Tensor]): Weights by their key.

    Returns:
        str: Such as ``169,652 weights, first layer 1 -> 32 channels``.
    """
    kernels = [v for k, v in state.items() if v.dim() == 4 and k.startswith('backbone.')]
    kernels = kernels or [v for v in state.values() if v.dim() == 4]
    text = f'{sum(v.numel() for v in state.values()):,} values'
    if kernels:
        out, channels = kernels[0].shape[:2]
        text += f', first layer {channels} -> {out} channels'
    return text


def _trained_by(content: dict) -> str:
    """The config that a training checkpoint was written by, as far as it says."""
    meta = content.get('meta')
    name = meta.get('experiment_name') if isinstance(meta, dict) else None
    # The host appends a time to the name of the config.
    return f', written by "{re.sub(r"_[0-9]{8}_[0-9]{6}$", "", name)}"' if name else ''


def _differences(model: nn.Module, state: dict[str, Tensor]) -> list[str]:
    """What of a state does not fit a model, but for parts that serve training only."""
    own = model.state_dict()
    shapes = [
        f'"{key}" has the shape {tuple(state[key].shape)}, the network needs {tuple(value.shape)}'
        for key, value in own.items()
        if key in state and state[key].shape != value.shape
    ]
    keys = [
        f'"{key}" is {"missing" if key in own else "unknown to the network"}'
        for key in [*own, *state]
        if (key in own) != (key in state)
        and not key.startswith(_TRAINING_ONLY)
        and not key.endswith('num_batches_tracked')
    ]
    return shapes + keys


def fit_weights(
    model: nn.Module,
    content: dict,
    *,
    weights: str,
    network: str | None = None,
    allow_mismatch: bool = False,
    advice: str = 'Name the config that the weights were trained by.',
) -> None:
    """Load weights that are those of a network, or refuse.

    Args:
        model (nn.Module): The network, not wrapped.
        content (dict): A checkpoint, or its ``state_dict`` itself.
        weights (str): Where the weights come from, for the message.
        network (str, optional): Where the network comes from, for the message. Defaults to None:
            the name of its class.
        allow_mismatch (bool): Load what fits, as transfer learning does. Defaults to False.
        advice (str): What to do if they are not. Defaults to naming their config.

    Raises:
        ValueError: If the weights are those of another network, or with ``allow_mismatch`` if none
            of them fits; names both networks.
    """
    state = content.get('state_dict', content)
    state = {re.sub(r'^module\.', '', key): value for key, value in state.items()}
    if not state or not all(isinstance(value, Tensor) for value in state.values()):
        raise ValueError(f'"{weights}" holds no weights')
    metadata = getattr(content.get('state_dict', content), '_metadata', OrderedDict())
    ordered = OrderedDict(state)
    ordered._metadata = metadata  # type: ignore[attr-defined]
    try:
        checkpoint.load_state_dict(model, ordered, strict=True)
        return
    except RuntimeError:  # everything that fits is loaded by now
        different = _differences(model, state)
    own = model.state_dict()
    fitting = [k for k in own if k in state and state[k].shape == own[k].shape]
    if not different and fitting:
        return
    name = f'"{network}"' if network else f'this {type(model).__name__}'
    summary = (
        f'{len(different)} of its {len(own)} entries differ, such as {"; ".join(different[:2])}'
    )
    if fitting and allow_mismatch:
        print_log(
            f'{len(fitting)} of {len(own)} entries of the network are taken from "{weights}"; '
            f'the others keep their values: {summary}',
            logger='current',
            level=30,
        )
        return
    if not fitting:
        advice = 'None of them fits.'
    raise ValueError(
        f'"{weights}" ({describe_network(state)}{_trained_by(content)}) holds the weights of '
        f'another network than {name} ({describe_network(own)}): {summary}. {advice}'
    )


def load_weights(
    model: nn.Module,
    file: str | Path,
    network: str | Path | None = None,
    **options: Any,
) -> None:
    """Read the weights of a network from a file.

    Args:
        model (nn.Module): The network.
        file (str | Path): The checkpoint; see
            :func:`~mdp_plugin.project_files.find_project_file`.
        network (str | Path, optional): The network's config, for the message. Defaults to None.
        **options: ``allow_mismatch`` and ``advice`` of :func:`fit_weights`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the weights are those of another network.
    """
    content = checkpoint.CheckpointLoader.load_checkpoint(str(file), 'cpu', logger='silent')
    fit_weights(
        model,
        content,
        weights=str(file),
        network=None if network is None else str(network),
        **options,
    )


def _segmentor(model: nn.Module) -> nn.Module | None:
    """The segmentor inside of a model, or None if it is none."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model if isinstance(model, BaseSegmentor) else None


def _fit_or_leave(
    model: nn.Module, content: dict, strict: bool = False, *args: Any, **kwargs: Any
) -> dict:
    """The host's `_load_checkpoint_to_model`, which refuses what does not fit a segmentor."""
    segmentor = _segmentor(model)
    if segmentor is None:
        return _host_fit(model, content, strict, *args, **kwargs)
    fit_weights(segmentor, content, weights='the checkpoint')
    return content


def _fit_first(load: Any) -> Any:
    """Let `Runner.load_checkpoint` refuse what does not fit before its hooks look at it."""

    @functools.wraps(load)
    def load_checkpoint(self: Runner, filename: str, *args: Any, **kwargs: Any) -> dict:
        segmentor = _segmentor(self.model)
        if segmentor is not None:
            options: dict[str, Any] = {}
            # A test or a training that goes on is never transfer learning.
            if isinstance(self._train_loop, BaseLoop) and not self._resume:
                options['allow_mismatch'] = bool(self.cfg.get(ALLOW_KEY))
                options['advice'] = (
                    'Name the config that the weights were trained by; for transfer learning, '
                    f'train with --allow-mismatch ({ALLOW_KEY}=True in the config).'
                )
            load_weights(segmentor, filename, self.cfg.filename, **options)
        return load(self, filename, *args, **kwargs)

    return load_checkpoint


if not hasattr(Runner.load_checkpoint, '__wrapped__'):
    Runner.load_checkpoint = _fit_first(Runner.load_checkpoint)
checkpoint._load_checkpoint_to_model = _fit_or_leave
# Inferencers have the host's function under a name of their own; that of the runner comes after
# the check above.
for name in ('mmengine.infer.infer', 'mmseg.apis.mmseg_inferencer'):
    if name in sys.modules:
        sys.modules[name]._load_checkpoint_to_model = _fit_or_leave  # type: ignore[attr-defined]
