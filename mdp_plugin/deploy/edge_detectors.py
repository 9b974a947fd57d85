"""Run exported detectors in the programs of small machines: ncnn and MNN."""

import os
import threading
from pathlib import Path

import numpy as np

from .exported_detector import ExportedDetector
from .metadata import INPUT, KEY, OUTPUTS, ExportMetadata


class NcnnDetector(ExportedDetector):
    """A '.ncnn.param' file, with a '.bin' beside it, in ncnn on the CPU."""

    precisions = ('f32',)
    extra = 'edge'

    def _load(self, path: Path, threads: int, precision: str) -> None:
        import ncnn

        # Behind the layers, where ncnn does not look.
        last = path.read_text(encoding='utf-8').rstrip().rpartition('\n')[2]
        self.metadata = ExportMetadata.from_json(last.removeprefix(f'{KEY} '), str(path))
        self._mat = ncnn.Mat
        self._net = ncnn.Net()
        options = self._net.opt
        options.num_threads = threads
        # Left to itself ncnn computes in halves where the CPU can.
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_storage = False
        weights = path.with_suffix('.bin')
        if self._net.load_param(str(path)) or self._net.load_model(str(weights)):
            raise ValueError(f'ncnn reads no network from it and "{weights.name}"')
        self._process = os.getpid()

    def _run(self, frames: np.ndarray) -> np.ndarray:
        if os.getpid() != self._process:  # forked: the threads of the parent are not there
            self._load(self.path, 1, self._options[1])
        with self._net.create_extractor() as extractor:
            extractor.input(INPUT, self._mat(frames).clone())
            _, probability = extractor.extract(OUTPUTS[0])
            return np.array(probability).reshape(frames.shape)


class MNNDetector(ExportedDetector):
    """A '.mnn' file in MNN on the CPU.

    One module computes one frame at a time, so several threads wait for each other.
    """

    precisions = ('f32',)
    extra = 'edge'

    def _load(self, path: Path, threads: int, precision: str) -> None:
        from MNN import expr, nn

        settings = {'backend': 'CPU', 'numThread': threads, 'precision': 'normal'}
        self._module = nn.load_module_from_file(
            str(path),
            [INPUT],
            [OUTPUTS[0]],
            runtime_manager=nn.create_runtime_manager((settings,)),
        )
        about = self._module.get_info()['bizCode']
        self.metadata = ExportMetadata.from_json(about, str(path))
        self._expr = expr
        self._type = {'uint8': expr.uint8, 'float32': expr.float}[self.metadata.frame_type]
        self._process, self._lock = os.getpid(), threading.Lock()

    def _run(self, frames: np.ndarray) -> np.ndarray:
        if os.getpid() != self._process:  # forked: the threads of the parent are not there
            self._load(self.path, 1, self._options[1])
        inputs = self._expr.const(frames, list(frames.shape), self._expr.NCHW, self._type)
        with self._lock:
            (probability,) = self._module.forward([inputs])
            return np.array(probability.read(), np.float32).reshape(frames.shape)
