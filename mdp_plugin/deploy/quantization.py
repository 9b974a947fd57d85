"""Static quantisation of an exported graph to INT8."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .metadata import INPUT

#: What is computed in integers. Sums of feature maps, resizes and both ends stay in float32.
QUANTIZED = ('Conv', 'Relu')


def quantize(model: Path, frames: Iterable[np.ndarray], out: Path) -> None:
    """Write a graph whose convolutions compute in INT8.

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
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
