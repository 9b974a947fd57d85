"""Run exported detectors, each backend behind the same small interface."""

import os
import warnings
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np

from ..imaging.grey_levels import LevelsWarning, fill_numbers
from ..installation import install_command
from .metadata import KEY, OUTPUTS, ExportMetadata


class ExportedDetector(ABC):
    """An exported detector, ready to run.

    Args:
        path (Path): The file.
        metadata (ExportMetadata): Its description.

    Attributes:
        path (Path): The file.
        metadata (ExportMetadata): Its description: frame type, threshold, weights.
        precisions (tuple[str, ...]): What the backend can compute a float32 graph in.
        extra (str): Extra of setup.py that brings the backend.
    """

    precisions: tuple[str, ...]
    extra: str

    def __init__(self, path: Path, metadata: ExportMetadata) -> None:
        self.path = path
        self.metadata = metadata

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """Detect.

        Args:
            frames (np.ndarray): (H, W) or (N, H, W) of the type that the file was exported for,
                32 pixels or more on each side. Pixels that are NaN or infinite are filled.

        Returns:
            np.ndarray: Probability of a target for each pixel, float32, of the frames' shape.

        Raises:
            TypeError: If the frames have another type.
            ValueError: If they have another number of dimensions, are too small, are not of the
                size that the file was exported for, or one holds no number.
        """
        frames = np.asarray(frames)
        expected = self.metadata.frame_type
        if frames.dtype != np.dtype(expected):
            raise TypeError(
                f'"{self.path.name}" was exported for frames of {expected}, not {frames.dtype}; '
                'convert them or export anew with --frame-type'
            )
        if frames.ndim not in (2, 3) or min(frames.shape[-2:]) < 32:
            raise ValueError(
                'frames must be (H, W) or (N, H, W) with 32 pixels or more on each side, '
                f'got {frames.shape}'
            )
        size = self.metadata.frame_size
        if size is not None and frames.shape[-2:] != size:
            raise ValueError(
                f'"{self.path.name}" was exported for frames of {size[0]}x{size[1]}, not '
                f'{frames.shape[-2]}x{frames.shape[-1]}; export anew without --frame-size'
            )
        batch = np.ascontiguousarray(frames.reshape(-1, *frames.shape[-2:]))
        if batch.dtype.kind == 'f' and not np.isfinite(batch).all():
            # A single one would make all of the frame NaN.
            filled, numbers = zip(*(fill_numbers(frame, 'a frame') for frame in batch), strict=True)
            batch = np.stack(filled)
            warnings.warn(
                f'{sum(numbers)} pixels are NaN or infinite, filled from the neighbours',
                LevelsWarning, stacklevel=2,
            )  # fmt: skip
        if size is not None and len(batch) > 1:  # such a file takes one frame at a time
            return np.concatenate([self._run(batch[i : i + 1]) for i in range(len(batch))])
        return self._run(batch).reshape(frames.shape)

    @abstractmethod
    def _run(self, frames: np.ndarray) -> np.ndarray:
        """Probability (N, H, W) of checked frames (N, H, W)."""


class OnnxRuntimeDetector(ExportedDetector):
    """A '.onnx' file in ONNX Runtime, on a GPU where its package supports one."""

    precisions: tuple[str, ...] = ('f32',)
    extra = 'runtime'

    def __init__(self, path: Path, threads: int, precision: str) -> None:
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
        texts = self._session.get_modelmeta().custom_metadata_map
        super().__init__(path, ExportMetadata.from_json(texts.get(KEY), str(path)))
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

    def __init__(self, path: Path, threads: int, precision: str) -> None:
        super().__init__(path, threads, precision)
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
    """An '.xml' file, or a '.onnx' one, in OpenVINO on the CPU."""

    precisions = ('f32', 'bf16')
    extra = 'deploy'

    def __init__(self, path: Path, threads: int, precision: str) -> None:
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
        super().__init__(path, ExportMetadata.from_json(texts[0] if texts else None, str(path)))
        self._request = self._model.create_infer_request()

    def _run(self, frames: np.ndarray) -> np.ndarray:
        return self._request.infer([frames], share_inputs=True)[self._model.output(0)].copy()


class TorchDetector(ExportedDetector):
    """A '.pt2' file of torch.export."""

    precisions = ('f32',)
    extra = 'onedl'

    def __init__(self, path: Path, threads: int, precision: str) -> None:
        import torch

        files = {KEY: ''}
        program = torch.export.load(path, extra_files=files)
        super().__init__(path, ExportMetadata.from_json(files[KEY] or None, str(path)))
        torch.set_num_threads(threads)
        self._module = program.module()

    def _run(self, frames: np.ndarray) -> np.ndarray:
        import torch

        with torch.inference_mode():
            outputs = self._module(torch.from_numpy(frames))
        return (outputs[0] if isinstance(outputs, tuple) else outputs).numpy()


#: Backends by name, with the suffixes that they read.
BACKENDS = {
    'onnxruntime': (OnnxRuntimeDetector, ('.onnx',)),
    'openvino': (OpenVINODetector, ('.xml', '.onnx')),
    'tensorrt': (TensorRTDetector, ('.onnx',)),
    'torch': (TorchDetector, ('.pt2',)),
}
#: Suffixes of exported files, in the order of the backends.
EXPORTED_SUFFIXES = tuple(dict.fromkeys(s for _, suffixes in BACKENDS.values() for s in suffixes))


def load_exported(
    path: str | Path,
    *,
    backend: str | None = None,
    threads: int | None = None,
    precision: str = 'f32',
) -> ExportedDetector:
    """Load an exported detector.

    Args:
        path (str | Path): The file, '.onnx', '.xml' or '.pt2'.
        backend (str, optional): 'onnxruntime', 'openvino', 'tensorrt' or 'torch'. Defaults to
            None: the first one that reads the suffix.
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
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'exported model not found: "{path}"')
    if backend is not None and backend not in BACKENDS:
        raise ValueError(f'backend must be one of {sorted(BACKENDS)}, got {backend!r}')
    names = [name for name, (_, suffixes) in BACKENDS.items() if path.suffix in suffixes]
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
    try:
        return detector(path, threads or os.cpu_count() or 1, precision)
    except ModuleNotFoundError as error:
        raise ImportError(f'{error}; run: {install_command(detector.extra)}') from error
    except (ImportError, ValueError):
        raise
    except Exception as error:
        # Each backend has its own type for a file that it cannot read.
        raise ValueError(f'cannot read the exported model "{path}": {error}') from error
