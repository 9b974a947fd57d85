"""Static quantisation of an exported graph to INT8."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..deploy.metadata import INPUT

#: What is computed in integers. Sums of feature maps, resizes and both ends stay in float32.
QUANTIZED = ('Conv', 'Relu')
#: Convolutions at the beginning and at the end that stay in float32, too: those at half resolution
#: decide on single pixels, and make nearly all of the error.
FLOAT_FIRST, FLOAT_LAST = 5, 3


def _ends(model: Path) -> list[str]:
    """Names of a graph's first and last convolutions; nodes are sorted by what they need."""
    import onnx

    convolutions = [node.name for node in onnx.load(model).graph.node if node.op_type == 'Conv']
    return convolutions[:FLOAT_FIRST] + convolutions[-FLOAT_LAST:]


def quantize(model: Path, frames: Iterable[np.ndarray], out: Path) -> None:
    """Write a graph whose convolutions, but for those at both ends, compute in INT8.

    Weights become int8 with a scale for each channel, activations uint8 with a scale and a zero
    for each tensor, from the smallest and largest values on the given frames (quantise and
    dequantise nodes, ONNX Runtime's `QDQ` format, which OpenVINO reads, too).

    Args:
        model (Path): The graph in float32, '.onnx', with one input.
        frames (Iterable[np.ndarray]): Training images (H, W) of the graph's type of frames.
        out (Path): File to write.
    """
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Frames(CalibrationDataReader):
        """Hands one frame after the other to the calibration."""

        def __init__(self) -> None:
            self._frames = iter(frames)

        def get_next(self) -> dict[str, np.ndarray] | None:
            frame = next(self._frames, None)
            return None if frame is None else {INPUT: np.ascontiguousarray(frame)[None]}

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / 'prepared.onnx'
        quant_pre_process(model, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            out,
            Frames(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTIZED),
            nodes_to_exclude=_ends(prepared),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
