"""The detector's PyTorch side: a model of the zoo, or a config with weights."""

import json
import os
from pathlib import Path
from typing import Any

from .. import registration  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
import numpy as np
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from ..deploy.exported_detector import check_threads
from ..devices import find_device
from ..engine.config_faults import config_faults, read_config
from ..engine.tool_config import (
    network_interpolation,
    network_levels,
    network_size,
    without_teacher,
)
from ..export.detector_graph import DetectorGraph
from ..host.strict_loading import load_weights
from ..project_files import find_project_file
from ..zoo.entries import find_entry, weights_of


class TorchPredictor:
    """Map grey levels to probabilities.

    Args:
        model (str | Path): Name in the zoo, or path of a config.
        weights (str | Path, optional): Weights of a config. Defaults to None.
        device (str, optional): Defaults to None: a GPU if there is one.
        threads (int, optional): Threads of the CPU. Defaults to None: torch's.

    Attributes:
        weights (Path): File of the weights.
        description (str): What the config says of the network.
        size (tuple[int, int] | None): Height and width to which frames are resized for the
            network; None: it runs at each frame's own size.
        interpolation (str): Kernel by which frames are resized for it.
        levels (GreyLevels): Makes grey levels of images, as its test does.

    Raises:
        FileNotFoundError: If config or weights do not exist.
        KeyError: If the zoo has no such model.
        ValueError: If a config is faulty or comes without weights, a name comes with them, or
            there is no such device.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        weights: str | Path | None = None,
        device: str | None = None,
        threads: int | None = None,
    ) -> None:
        check_threads(threads)
        if Path(model).suffix == '.py':
            if weights is None:
                raise ValueError(f'the config "{model}" needs weights')
        elif weights is not None:
            raise ValueError(f'the zoo has the weights of "{model}"; leave `weights` out')
        else:
            entry = find_entry(str(model))
            model, weights = entry['Config'], weights_of(entry)
        if threads:
            torch.set_num_threads(threads)
        self.device = find_device(device)
        cfg = read_config(find_project_file(model, 'config file'))
        with config_faults(model):
            cfg = without_teacher(cfg)
            init_default_scope(cfg.get('default_scope', 'mmseg'))
            network = MODELS.build(cfg.model)
            self.size = network_size(cfg)
            self.interpolation = network_interpolation(cfg)
            self.levels = network_levels(cfg)
        self.description = json.dumps(cfg.to_dict(), sort_keys=True, default=str)
        self.weights = find_project_file(weights, 'weights')
        load_weights(network, self.weights, model)
        with config_faults(model):
            graph = DetectorGraph(network, self.size, 'float32', interpolation=self.interpolation)
        self._graph = graph.eval().to(self.device)
        self._process, self._threads = os.getpid(), threads

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Go on in another process, with the threads that were asked for, or a single one."""
        self.__dict__.update(state)
        if os.getpid() != self._process:
            self._process = os.getpid()
            torch.set_num_threads(self._threads or 1)

    @property
    def on_gpu(self) -> bool:
        """Whether it runs on a GPU."""
        return self.device.type != 'cpu'

    @torch.inference_mode()
    def __call__(self, grey: np.ndarray) -> np.ndarray:
        """Predict.

        Args:
            grey (np.ndarray): float32 (H, W), 0..255.

        Returns:
            np.ndarray: Probability, float32 (H, W).
        """
        if os.getpid() != self._process:  # forked: torch would wait for threads that are not there
            torch.set_num_threads(1)
        frame = torch.from_numpy(np.ascontiguousarray(grey))[None].to(self.device)
        return self._graph(frame)[0].cpu().numpy()
