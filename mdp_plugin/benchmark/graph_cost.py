"""What a file has to compute and to move, layer by layer."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

#: Bytes of a value of a feature map.
BYTES = {'f32': 4, 'bf16': 2, 'int8': 1}
_PRODUCTS = ('Convolution', 'GroupConvolution', 'ConvolutionBackpropData', 'MatMul')
_RESIZES = ('Interpolate',)


class LayerCost(NamedTuple):
    """Cost of a layer: what cannot be fused into its neighbours.

    Attributes:
        macs (int): Multiply-adds, those by a weight of zero not counted.
        values (int): Values read and written, weights included.
        int8 (bool): Whether it computes in integers.
    """

    macs: int
    values: int
    int8: bool


def _weights(node: Any) -> np.ndarray | None:
    """The constant behind an input of a layer, through conversions and scales of INT8."""
    while node.get_type_name() != 'Constant':
        if not node.inputs():
            return None
        node = node.input_value(0).get_node()
    return node.data


def count_costs(path: Path, shape: tuple[int, int, int]) -> list[LayerCost]:
    """Count the layers of an '.onnx' or '.xml' file.

    Convolutions, matrix products and resizes count; norms, activations and sums are taken as part
    of the layer before them, as backends compute them.

    Args:
        path (Path): The file.
        shape (tuple[int, int, int]): Number, height and width of the frames.

    Returns:
        list[LayerCost]: The layers in order.

    Raises:
        ImportError: If OpenVINO is not installed.
    """
    import openvino

    model = openvino.Core().read_model(path)
    (source,) = model.inputs
    count, height, width = shape
    known = source.partial_shape
    if known.is_dynamic:
        channels = [1] if len(known) == 4 else []
        model.reshape([count, *channels, height, width])
    costs = []
    for node in model.get_ordered_ops():
        kind = node.get_type_name()
        if kind not in (*_PRODUCTS, *_RESIZES):
            continue
        values = sum(int(np.prod(port.shape)) for port in (node.input_value(0), node.output(0)))
        macs, int8 = 0, False
        if kind in _PRODUCTS:
            weights = _weights(node.input_value(1).get_node())
            if weights is None:
                continue
            port = node.output(0)
            if kind == 'ConvolutionBackpropData':
                if np.isin(weights, (0, 1)).all():
                    continue  # a pixel shuffle, which only moves values
                # Each value that goes in, and not each that comes out, meets all weights.
                port = node.input_value(0)
            positions = int(np.prod(port.shape)) // port.shape[1]
            macs = positions * int(np.count_nonzero(weights))
            values += weights.size
            int8 = weights.dtype == np.int8
        costs.append(LayerCost(macs, values, int8))
    return costs


def shortest_time(costs: list[LayerCost], precision: str, limits: dict[str, float]) -> float:
    """Seconds that the layers need at the machine's limits, one after the other.

    The roofline, layer by layer: each takes the longer of its multiply-adds at the peak rate and
    its values at the bandwidth of the caches.

    Args:
        costs (list[LayerCost]): The layers.
        precision (str): 'f32' or 'bf16', of the layers that do not compute in integers.
        limits (dict[str, float]): See :func:`~mdp_plugin.benchmark.machine_limit.measure_limits`.

    Returns:
        float: The time.
    """
    seconds = 0.0
    for cost in costs:
        kind = 'int8' if cost.int8 else precision
        moving = cost.values * BYTES[kind] / (limits['map_gbytes'] * 1e9)
        seconds += max(cost.macs / (limits[f'{kind}_gmacs'] * 1e9), moving)
    return seconds
