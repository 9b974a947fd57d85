"""Run exported detectors, each backend behind the same small interface."""

import os
from pathlib import Path

import numpy as np

from .edge_detectors import MNNDetector, NcnnDetector
from .exported_detector import ExportedDetector, check_threads
from .metadata import KEY, OUTPUTS, ExportMetadata
from .openvino_detector import OpenVINODetector


class OnnxRuntimeDetector(ExportedDetector):
    """A '.onnx' file in ONNX Runtime, on a GPU where its package supports one."""

    precisions: tuple[str, ...] = ('f32',)
    extra = 'runtime'

    def _load(self, path: Path, threads: int, precision: str) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        there = onnxruntime.get_available_providers()
        providers = [
            (name, settings)
            for name, settings in self._providers(path, precision).items()
            if name in there
        ]
        self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        self.on_gpu = self._session.get_providers()[0] != 'CPUExecutionProvider'
        texts = self._session.get_modelmeta().custom_metadata_map
        self.metadata = ExportMetadata.from_json(texts.get(KEY), str(path))
        self._input = self._session.get_inputs()[0].name

    def _providers(self, path: Path, precision: str) -> dict[str, dict[str, str]]:
        """What may run the graph, the preferred one first, with its settings."""
        return {'CUDAExecutionProvider': {}, 'CPUExecutionProvider': {}}

    def _run(self, frames: np.ndarray) -> np.ndarray:
        probability = self._session.run([OUTPUTS[0]], {self._input: frames})[0]
        # ONNX Runtime's sigmoid of 17.8 is 1.0000001.
        return np.clip(probability, 0, 1, out=probability)


class TensorRTDetector(OnnxRuntimeDetector):
    """A '.onnx' file in TensorRT, through ONNX Runtime.

    TensorRT builds an engine at the first frame of each new size, which takes a while; it is kept
    beside the file, in a folder '<file>.tensorrt', for the next time.
    """

    precisions = ('f32', 'f16')

    def _load(self, path: Path, threads: int, precision: str) -> None:
        super()._load(path, threads, precision)
        # ONNX Runtime goes on without a provider that does not load, and only logs it.
        if 'TensorrtExecutionProvider' not in self._session.get_providers():
            raise ImportError(
                'TensorRT needs an NVIDIA GPU and the packages onnxruntime-gpu (instead of '
                'onnxruntime) and tensorrt'
            )

    def _providers(self, path: Path, precision: str) -> dict[str, dict[str, str]]:
        tensorrt = {
            'trt_fp16_enable': str(precision == 'f16'),
            'trt_engine_cache_enable': 'True',
            'trt_engine_cache_path': f'{path}.tensorrt',
        }
        return {'TensorrtExecutionProvider': tensorrt, **super()._providers(path, precision)}


class TorchDetector(ExportedDetector):
    """A '.pt2' file of torch.export."""

    precisions = ('f32',)
    extra = 'onedl'

    def _load(self, path: Path, threads: int, precision: str) -> None:
        import torch

        files = {KEY: ''}
        program = torch.export.load(path, extra_files=files)
        self.metadata = ExportMetadata.from_json(files[KEY] or None, str(path))
        torch.set_num_threads(threads)
        self._module = program.module()
        self._process = os.getpid()

    def _run(self, frames: np.ndarray) -> np.ndarray:
        import torch

        if os.getpid() != self._process:  # forked: torch would wait for threads that are not there
            torch.set_num_threads(1)
        with torch.inference_mode():
            outputs = self._module(torch.from_numpy(frames))
        return (outputs[0] if isinstance(outputs, tuple) else outputs).numpy()


#: Backends by name, with the suffixes that they read.
BACKENDS = {
    'onnxruntime': (OnnxRuntimeDetector, ('.onnx',)),
    'openvino': (OpenVINODetector, ('.xml', '.onnx')),
    'tensorrt': (TensorRTDetector, ('.onnx',)),
    'torch': (TorchDetector, ('.pt2',)),
    'ncnn': (NcnnDetector, ('.param',)),
    'mnn': (MNNDetector, ('.mnn',)),
}
#: Suffixes of exported files, in the order of the backends.
EXPORTED_SUFFIXES = tuple(dict.fromkeys(s for _, suffixes in BACKENDS.values() for s in suffixes))


def backends_of(path: Path) -> list[str]:
    """Names of the backends that read a file's suffix, the usual one first."""
    return [name for name, (_, suffixes) in BACKENDS.items() if path.suffix in suffixes]


def load_exported(
    path: str | Path,
    *,
    backend: str | None = None,
    threads: int | None = None,
    precision: str = 'f32',
) -> ExportedDetector:
    """Load an exported detector.

    Args:
        path (str | Path): The file, '.onnx', '.xml', '.pt2', '.ncnn.param' or '.mnn'.
        backend (str, optional): A key of :data:`BACKENDS`. Defaults to None: the first one that
            reads the suffix.
        threads (int, optional): Threads of the CPU. Defaults to None: one for each core.
        precision (str): 'f32', or with OpenVINO 'bf16', which is faster where the CPU has it, or
            with TensorRT 'f16'. A file in INT8 stays one. Defaults to 'f32'.

    Returns:
        ExportedDetector: Call it with frames.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If the backend is not installed; names the command.
        ValueError: If the backend does not read the file or has no such precision, or the file
            is damaged or none of this project.
    """
    check_threads(threads)
    path = Path(path)
    if backend is not None and backend not in BACKENDS:
        raise ValueError(f'backend must be one of {sorted(BACKENDS)}, got {backend!r}')
    names = backends_of(path)
    if not names or backend not in (None, *names):
        readable = {name: suffixes for name, (_, suffixes) in BACKENDS.items()}
        raise ValueError(
            f'"{path}": no backend {backend or ""} for this suffix; there are {readable}'
        )
    detector = BACKENDS[backend or names[0]][0]
    if precision not in detector.precisions:
        raise ValueError(
            f'backend {backend or names[0]} computes in {detector.precisions}, not {precision!r}'
        )
    return detector.open(path, threads or os.cpu_count() or 1, precision)
