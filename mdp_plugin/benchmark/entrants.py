"""Candidates, loaded and ready to run; each is used in a process of its own."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from ..deploy.openvino_detector import openvino_precision, openvino_settings
from ..deploy.runtime import load_exported
from ..deploy.tiling import predict_tiled
from ..detection.targets import find_targets
from .candidate import Candidate


def _require_bfloat16(native: bool) -> None:
    """A row that says bfloat16 is computed in it.

    Raises:
        ValueError: If the CPU has no instructions for it.
    """
    if not native:
        raise ValueError('this CPU has no instructions for bfloat16')


class Entrant(ABC):
    """A loaded candidate."""

    @abstractmethod
    def prepare(self, frames: np.ndarray) -> Any:
        """Bring frames uint8 (N, H, W) into the form that :meth:`run` takes, untimed."""

    @abstractmethod
    def run(self, inputs: Any) -> None:
        """The model alone; returns when its result is there."""

    def end_to_end(self, data: bytes, shape: tuple[int, int, int]) -> None:
        """From the bytes of frames to lists of targets.

        Raises:
            NotImplementedError: If nobody knows what goes in and out of the model.
        """
        raise NotImplementedError('what is around a foreign model is unknown')

    def tiled(self, frame: np.ndarray) -> None:
        """Predict one large frame in tiles.

        Raises:
            NotImplementedError: If the model does not keep the frame's size.
        """
        raise NotImplementedError('tiles need an exported file made with --native')


class ConfigEntrant(Entrant):
    """A model of this project or of mmseg in PyTorch."""

    def __init__(self, candidate: Candidate, threads: int) -> None:
        from .. import registration  # noqa: F401  (first: it bridges the hosts)

        # isort: split
        import torch
        from mmengine.config import Config
        from mmengine.model import revert_sync_batchnorm
        from mmengine.registry import init_default_scope
        from mmseg.registry import MODELS

        from ..engine.model_complexity import image_channels
        from ..engine.tool_config import without_teacher
        from ..export.deploy_form import deploy_form
        from ..host.cpu_allocator import keep_freed_memory
        from ..host.strict_loading import load_weights
        from ..precision import native_bfloat16

        if candidate.precision == 'bf16':
            _require_bfloat16(torch.cuda.is_available() or native_bfloat16())
        keep_freed_memory()  # as the project's tools do
        self._torch = torch
        torch.set_num_threads(threads)
        self.device = 'cuda' if torch.cuda.is_available() else 'cpu'
        cfg = without_teacher(Config.fromfile(candidate.path))
        init_default_scope(cfg.get('default_scope', 'mmseg'))
        model = revert_sync_batchnorm(MODELS.build(cfg.model))
        if candidate.weights:
            load_weights(model, candidate.weights, candidate.path)
        model = model.to(self.device).eval()
        self._model = deploy_form(model) if candidate.deploy else model
        self._channels = image_channels(cfg.model)
        types = {'bf16': torch.bfloat16, 'f16': torch.float16}
        self._type = types.get(candidate.precision)

    def _autocast(self) -> AbstractContextManager:
        return self._torch.autocast(self.device, self._type, enabled=self._type is not None)

    def _load(self, frames: np.ndarray) -> object:
        # As in testing: the images one by one, then normalised as a batch.
        images = self._torch.from_numpy(frames)[:, None].expand(-1, self._channels, -1, -1)
        data = dict(inputs=list(images), data_samples=None)
        return self._model.data_preprocessor(data, False)['inputs']

    def prepare(self, frames: np.ndarray) -> Any:
        """Frames as the model takes them."""
        return self._load(frames)

    def run(self, inputs: Any) -> None:
        """The model alone."""
        with self._torch.inference_mode(), self._autocast():
            self._model(inputs, mode='tensor')
        if self.device == 'cuda':
            self._torch.cuda.synchronize()

    def end_to_end(self, data: bytes, shape: tuple[int, int, int]) -> None:
        """From bytes to lists of targets."""
        frames = np.frombuffer(data, np.uint8).reshape(shape)
        with self._torch.inference_mode(), self._autocast():
            samples = self._model(self._load(frames.copy()), mode='predict')
        for sample in samples:
            find_targets(sample.seg_logits.data[0].float().cpu().numpy())


class ExportedEntrant(Entrant):
    """A file that this project exported."""

    def __init__(self, candidate: Candidate, threads: int) -> None:
        if candidate.precision == 'bf16':
            _require_bfloat16(openvino_precision('bf16') == 'bf16')
        self._detector = load_exported(
            candidate.path,
            backend=candidate.backend,
            threads=threads,
            precision=candidate.precision,
        )
        self._type = np.dtype(self._detector.metadata.frame_type)

    def prepare(self, frames: np.ndarray) -> np.ndarray:
        """Frames as the model takes them."""
        return self._detector.metadata.to_frames(frames.astype(np.float32))

    def run(self, inputs: np.ndarray) -> None:
        """The model alone."""
        self._detector(inputs)

    def end_to_end(self, data: bytes, shape: tuple[int, int, int]) -> None:
        """From bytes to lists of targets."""
        probability = self._detector(np.frombuffer(data, self._type).reshape(shape))
        for one in probability:
            find_targets(one, self._detector.metadata.threshold)

    def tiled(self, frame: np.ndarray) -> None:
        """Predict one large frame in tiles."""
        if not self._detector.metadata.native:
            super().tiled(frame)
        predict_tiled(self._detector, frame)


class ForeignEntrant(Entrant):
    """An ONNX file of any origin with one image as its input."""

    def __init__(self, candidate: Candidate, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(
            candidate.path, options, providers=['CPUExecutionProvider']
        )
        (self._input,) = session.get_inputs()
        # Written 'tensor(float)' and so on.
        names = {'float': 'float32', 'float16': 'float16', 'uint8': 'uint8'}
        self._type = np.dtype(names[self._input.type[7:-1]])
        if candidate.backend == 'openvino':
            import openvino

            if candidate.precision == 'bf16':
                _require_bfloat16(openvino_precision('bf16') == 'bf16')
            settings = openvino_settings(threads, candidate.precision)
            model = openvino.Core().compile_model(candidate.path, 'CPU', settings)
            request = model.create_infer_request()
            self._run = lambda x: request.infer([x], share_inputs=True)
        else:
            self._run = lambda x: session.run(None, {self._input.name: x})

    def prepare(self, frames: np.ndarray) -> np.ndarray:
        """Frames as the model takes them."""
        shape = self._input.shape
        known = [side if isinstance(side, int) else None for side in shape]
        count, height, width = frames.shape
        wanted = [count, known[1] or 1, height, width]
        for side, want in zip(known, wanted, strict=True):
            if side not in (None, want):
                raise ValueError(f'the file takes {shape}, not {wanted}')
        batch = np.broadcast_to(frames[:, None] / 255, wanted)
        return np.ascontiguousarray(batch, self._type)

    def run(self, inputs: np.ndarray) -> None:
        """The model alone."""
        self._run(inputs)


def load_entrant(candidate: Candidate, threads: int) -> Entrant:
    """Load a candidate.

    Args:
        candidate (Candidate): What to load.
        threads (int): Threads of the CPU.

    Returns:
        Entrant: Ready to run.
    """
    if candidate.is_config:
        return ConfigEntrant(candidate, threads)
    if candidate.path.endswith('.onnx') and not _is_ours(candidate.path):
        return ForeignEntrant(candidate, threads)
    return ExportedEntrant(candidate, threads)


def _is_ours(path: str) -> bool:
    """Whether an ONNX file carries this project's description."""
    import onnxruntime

    from ..deploy.metadata import KEY

    session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    return KEY in session.get_modelmeta().custom_metadata_map
