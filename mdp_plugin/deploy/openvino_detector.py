"""Run exported detectors in OpenVINO."""

import warnings
from collections import deque
from pathlib import Path

import numpy as np

from .exported_detector import ExportedDetector
from .metadata import KEY, ExportMetadata

#: Kernels of one kind that OpenVINO keeps for frames' sizes that come again. By itself it keeps
#: 5000, which is a gigabyte when every frame has another size; these are about 20 MiB.
OPENVINO_KERNELS = 300


def openvino_settings(threads: int, precision: str) -> dict[str, str | int]:
    """Settings with which OpenVINO compiles a model for one frame at a time.

    Args:
        threads (int): Threads of the CPU.
        precision (str): 'f32' or 'bf16'.

    Returns:
        dict[str, str | int]: For ``openvino.Core.compile_model``.
    """
    return {
        # Left to itself OpenVINO takes bfloat16 wherever the CPU has it.
        'INFERENCE_PRECISION_HINT': precision,
        'INFERENCE_NUM_THREADS': threads,
        'PERFORMANCE_HINT': 'LATENCY',
        'CPU_RUNTIME_CACHE_CAPACITY': str(OPENVINO_KERNELS),
    }


def openvino_precision(precision: str) -> str:
    """What OpenVINO computes in on this CPU when it is asked for a precision.

    Args:
        precision (str): 'f32' or 'bf16'.

    Returns:
        str: The same, or 'f32' with a warning for 'bf16' on a CPU that has no such instructions.
    """
    import openvino

    native = openvino.Core().get_property('CPU', 'OPTIMIZATION_CAPABILITIES')
    if precision == 'bf16' and 'BF16' not in native:
        warnings.warn(
            'this CPU has no instructions for bfloat16; OpenVINO computes in float32',
            stacklevel=2,
        )
        return 'f32'
    return precision


class OpenVINODetector(ExportedDetector):
    """An '.xml' file, or a '.onnx' one, in OpenVINO on the CPU.

    A request of OpenVINO holds one frame and its result, so each call takes one that no other
    thread has; there come to be as many as there are calls at once.
    """

    precisions = ('f32', 'bf16')
    extra = 'deploy'

    def _load(self, path: Path, threads: int, precision: str) -> None:
        import openvino

        core = openvino.Core()
        model = core.read_model(path)
        precision = openvino_precision(precision)
        self._model = core.compile_model(model, 'CPU', openvino_settings(threads, precision))
        # A converted file carries its description as an entry, ONNX as one of the framework's.
        places = [[KEY], ['framework', KEY]]
        texts = [
            model.get_rt_info(place).astype(str) for place in places if model.has_rt_info(place)
        ]
        self.metadata = ExportMetadata.from_json(texts[0] if texts else None, str(path))
        self._free = deque([self._model.create_infer_request()])

    def _run(self, frames: np.ndarray) -> np.ndarray:
        try:
            request = self._free.pop()
        except IndexError:
            request = self._model.create_infer_request()
        try:
            return request.infer([frames], share_inputs=True)[self._model.output(0)].copy()
        finally:
            self._free.append(request)
