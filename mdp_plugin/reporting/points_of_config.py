"""What thresholds do on the val images of a config: the operating points beside shipped weights."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ..detection import TargetDetector
from ..evaluation.calibration import points_of_evaluation
from ..evaluation.evaluating import evaluate_pairs
from ..evaluation.operating_points import OperatingPoints
from ..evaluation.protocol import Protocol
from .building import samples_of_config
from .scoring import Sample


class _Pairs:
    """Name, probability and truth of each image; predicted once for the two passes over them."""

    def __init__(self, detector: TargetDetector, samples: Sequence[Sample]) -> None:
        self._detector, self._samples = detector, samples
        self._kept: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def __iter__(self) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        for sample in self._samples:
            if str(sample.image) not in self._kept:
                grey, truth = sample.read(self._detector.levels)
                self._kept[str(sample.image)] = self._detector.predict(grey), truth
            yield (sample.name, *self._kept[str(sample.image)])


def points_of_config(
    config: str | Path,
    weights: str | Path,
    *,
    threads: int | None = None,
    progress: Callable[[Sequence[Sample]], Sequence[Sample]] = lambda samples: samples,
) -> OperatingPoints:
    """Measure thresholds and confidence of weights on the val split of their config.

    Args:
        config (str | Path): The config; the val split may be of several data sets.
        weights (str | Path): Its weights.
        threads (int, optional): Threads of the CPU. Defaults to None: one for each core.
        progress (Callable): Wraps the images to show progress. Defaults to showing none.

    Returns:
        OperatingPoints: At a threshold of 0.5.

    Raises:
        FileNotFoundError: If config, weights or images do not exist.
        ValueError: If nothing is predicted.
    """
    from .. import host  # noqa: F401  (first: it checks and bridges the hosts)

    # isort: split
    from ..datasets.dataset_config import parts_of
    from ..engine.tool_config import load_tool_config

    cfg = load_tool_config(config)
    samples = samples_of_config(cfg, 'val')
    names = [Path(part.data_root).name for part in parts_of(cfg.val_dataloader.dataset)]
    data = f'{" and ".join(dict.fromkeys(names))} val, {len(samples)} images'
    detector = TargetDetector.from_config(config, weights, threads=threads)
    pairs = _Pairs(detector, progress(samples))
    return points_of_evaluation(evaluate_pairs(pairs, Protocol()), pairs, data)[0]
