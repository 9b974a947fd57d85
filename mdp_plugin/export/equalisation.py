"""Rescaling of channels before quantisation: the same function, with ranges that agree."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ..models.backbones import MDPNet
from ..models.decode_heads import MDPHead
from ..models.layers import DilatedPyramidBlock
from .detector_graph import DetectorGraph

#: A layer: one convolution, or the branches of a pyramid, each of which has its own channels.
_Layer = tuple[nn.Conv2d, ...]


class _Stream:
    """Feature maps that are added to each other, and so share the scale of each channel.

    Attributes:
        writers (list[tuple[nn.Conv2d, ...]]): Layers whose outputs are summands.
        readers (list[tuple[nn.Conv2d, ...]]): Layers whose inputs they are.
    """

    def __init__(self) -> None:
        self.writers: list[_Layer] = []
        self.readers: list[_Layer] = []


def _streams(backbone: MDPNet, head: MDPHead) -> list[_Stream]:
    """The residual stream of each stage and the sum at each level of the head."""
    stages: list[_Stream] = []
    levels: list[_Stream] = []
    writer = backbone.stem[-1].conv
    for name in backbone.stages:
        layers = list(getattr(backbone, name))
        if layers and not hasattr(layers[0], 'branches'):
            if stages:
                stages[-1].readers.append((layers[0].depthwise_conv.conv,))
            writer = layers.pop(0).pointwise_conv.conv
            stages.append(_Stream())
        elif not stages:
            stages.append(_Stream())
        stages[-1].writers.append((writer,))
        for block in layers:
            stages[-1].readers.append(tuple(block.branches))
            stages[-1].writers.append((block.fuse.conv,))
    if head.detail_channels:
        stages[0].readers.append((head.detail_conv,))
    for index, lateral in enumerate(head.laterals):
        stage = stages[head.in_index[index]]
        level = stage if isinstance(lateral, nn.Identity) else _Stream()
        if level is not stage:
            stage.readers.append((lateral,))
            level.writers.append((lateral,))
        level.readers.append((head.refines[index].depthwise_conv.conv,))
        levels.append(level)
        if index < len(head.reduces):
            reduce = head.reduces[index]
            same = isinstance(reduce, nn.Identity)
            below = head.refines[index + 1].pointwise_conv.conv
            level.writers.append((below if same else reduce,))
    return list(dict.fromkeys([*stages, *levels]))


@torch.no_grad()
def equalise(graph: DetectorGraph, frames: Iterable[Tensor]) -> None:
    """Give every channel of a sum of feature maps the same range, in place.

    One scale for a whole tensor leaves few of its 256 values to the channels of small range, while
    a depthwise convolution, whose weights have a scale for each channel anyway, loses nothing if
    the channels are brought to one range. ReLU lets a positive factor through, so each
    channel is divided by its largest value where it is written and multiplied by it where it is
    read (Nagel et al., `Data-free quantization through weight equalization and bias correction`,
    ICCV 2019, here from activations). The graph computes the same as before.

    Args:
        graph (DetectorGraph): Of an MDPNet with :class:`~mdp_plugin.models.decode_heads.MDPHead`
            and ReLU; other networks are left as they are.
        frames (Iterable[Tensor]): Training frames (H, W) of the graph's type.
    """
    network = graph.network
    backbone, head = network.backbone, network.decode_head
    if not (isinstance(backbone, MDPNet) and isinstance(head, MDPHead)):
        return
    activations = (nn.Identity, nn.ReLU)
    blocks = [m for m in network.modules() if isinstance(m, DilatedPyramidBlock)]
    # Only where the norms are in the branches does nothing but convolutions lie between the sums.
    if not all(isinstance(b.norm, nn.Identity) for b in blocks):
        return
    if not all(isinstance(b.out_act, activations) for b in blocks):
        return
    if not all(hasattr(refine, 'depthwise_conv') for refine in head.refines):
        return
    streams = _streams(backbone, head)
    # Between the two convolutions of a block the second one has a scale for each output only: half
    # of the difference is left to its weights.
    pairs = [(tuple(b.branches), b.fuse.conv) for b in blocks]
    largest: dict[nn.Conv2d, Tensor] = {}

    def record(module: nn.Conv2d, inputs: tuple[Tensor]) -> None:
        found = inputs[0].abs().amax(dim=(0, 2, 3))
        largest[module] = torch.maximum(largest.get(module, found), found)

    readers = [conv for stream in streams for layer in stream.readers for conv in layer]
    readers += [reader for _, reader in pairs]
    hooks = [reader.register_forward_pre_hook(record) for reader in readers]
    for frame in frames:
        graph(frame[None])
    for hook in hooks:
        hook.remove()
    for stream in streams:
        by_reader = [torch.cat([largest[conv] for conv in layer]) for layer in stream.readers]
        found = torch.stack(by_reader).amax(dim=0)
        _rescale(stream.writers, stream.readers, _bounded(found))
    for writer, reader in pairs:
        weights = _bounded(reader.weight.abs().amax(dim=(0, 2, 3)))
        _rescale([writer], [(reader,)], (_bounded(largest[reader]) / weights).sqrt())


def _bounded(largest: Tensor) -> Tensor:
    """Raise the values of channels that are hardly used, so that none is divided by zero."""
    return largest.clamp(min=max(1e-3 * float(largest.max()), 1e-12))


def _rescale(writers: list[_Layer], readers: list[_Layer], scale: Tensor) -> None:
    """Divide channels (C,) where they are written and multiply them where they are read."""
    for layer in writers:
        for conv, part in zip(layer, scale.split([c.out_channels for c in layer]), strict=True):
            conv.weight /= part.view(-1, 1, 1, 1)
            if conv.bias is not None:
                conv.bias /= part
    for layer in readers:
        for conv, part in zip(layer, scale.split([c.in_channels for c in layer]), strict=True):
            conv.weight *= part.view((-1, 1, 1, 1) if conv.groups > 1 else (1, -1, 1, 1))
