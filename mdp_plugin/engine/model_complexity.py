"""Parameters and multiply-accumulates of a segmentor, in total and stage by stage."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from mmengine.config import ConfigDict
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

#: What :func:`measure_complexity` counts, for the output of tools.
COUNTED = (
    'MACs: multiply-accumulates of convolutions, matrix products and attention, and 4 for each '
    'value of a bilinear resize (none where the size stays); norms (they fold into convolutions), '
    'activations, additions, pooling and pixel shuffle are not counted.'
)


class Complexity(NamedTuple):
    """Size and cost of a model.

    Attributes:
        parameters (int): Learned values used in inference, in total.
        macs (int): Multiply-accumulates for one input.
        stages (dict[str, tuple[int, int]]): Parameters and MACs of each part, by the first two
            names of its modules, e.g. ``backbone.stage1``. ``(functions)`` holds what no such
            part does: resizes called by the head and by the segmentor.
    """

    parameters: int
    macs: int
    stages: dict[str, tuple[int, int]]


def image_channels(model_cfg: ConfigDict | dict) -> int:
    """Number of channels of the images that a segmentor takes.

    Args:
        model_cfg (ConfigDict | dict): Config of the model.

    Returns:
        int: Number of means of its ``data_preprocessor``, else ``in_channels`` of its backbone.

    Raises:
        ValueError: If the config tells neither.
    """
    mean = (model_cfg.get('data_preprocessor') or {}).get('mean')
    if mean is not None:
        return len(mean)
    channels = model_cfg.get('backbone', {}).get('in_channels')
    if not isinstance(channels, int):
        raise ValueError(
            'the config does not say how many channels an image has; set '
            'model.data_preprocessor.mean or model.backbone.in_channels'
        )
    return channels


def _resize_cost(input_shape: Sequence[int], *_: Any, out_shape: Any, **__: Any) -> int:
    """Cost of a bilinear resize in the counter's unit, two for each multiply-accumulate."""
    if tuple(input_shape) == tuple(out_shape):
        return 0
    return 2 * 4 * torch.Size(out_shape).numel()


def measure_complexity(model: nn.Module, input_shape: Sequence[int]) -> Complexity:
    """Count parameters and multiply-accumulates of one prediction, see :data:`COUNTED`.

    The whole prediction is run once, the resize to the image's size included, so that networks
    whose heads stop at different resolutions can be compared. Parts that serve training only
    (auxiliary heads and losses) are not run; parameters are counted without them.

    Args:
        model (nn.Module): Segmentor; its mode is left as it was.
        input_shape (Sequence[int]): (C, H, W) of one image.

    Returns:
        Complexity: The counts.
    """
    training = model.training
    device = next(model.parameters()).device
    upsample = torch.ops.aten.upsample_bilinear2d
    counter = FlopCounterMode(display=False, custom_mapping={upsample: _resize_cost})
    used: set[nn.Module] = set()
    hooks = [
        module.register_forward_hook(lambda module, *_: used.add(module))
        for module in model.modules()
    ]
    try:
        with torch.no_grad(), counter:
            model.eval()(torch.zeros(1, *input_shape, device=device), mode='predict')
    finally:
        model.train(training)
        for hook in hooks:
            hook.remove()

    by_module = counter.get_flop_counts()
    total = sum(by_module['Global'].values()) // 2
    parameters: dict[str, int] = {}
    for name, module in model.named_modules():
        own = sum(p.numel() for p in module.parameters(recurse=False))
        if module in used and own:
            key = '.'.join(name.split('.')[:2])
            parameters[key] = parameters.get(key, 0) + own
    stages = {}
    for name, size in parameters.items():
        full = f'{type(model).__name__}.{name}'
        # Lists of modules are never called: only their members have counts.
        members = (
            [full] if full in by_module else [k for k in by_module if k.rpartition('.')[0] == full]
        )
        stages[name] = (size, sum(sum(by_module[k].values()) for k in members) // 2)
    rest = total - sum(macs for _, macs in stages.values())
    if rest:
        stages['(functions)'] = (0, rest)
    return Complexity(sum(parameters.values()), total, stages)
