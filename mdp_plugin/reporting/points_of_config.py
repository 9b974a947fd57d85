"""What thresholds do on images not trained on: the operating points beside shipped weights."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ..detection import TargetDetector
from ..evaluation.calibration import points_of_evaluation
from ..evaluation.evaluating import evaluate_pairs
from ..evaluation.false_alarms import FalseAlarms
from ..evaluation.operating_points import OperatingPoints
from ..evaluation.protocol import Protocol
from ..wording import counted
from .comparison import samples_of_config, samples_of_folders
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
    images: str | Path | None = None,
    truths: str | Path | None = None,
    names: str | Path | None = None,
    false_alarms: str | None = None,
    threads: int | None = None,
    progress: Callable[[Sequence[Sample]], Sequence[Sample]] = lambda samples: samples,
) -> OperatingPoints:
    """Measure thresholds and confidence of weights on images that they were not trained on.

    Args:
        config (str | Path): The config; the val split may be of several data sets.
        weights (str | Path): Its weights.
        images (str | Path, optional): Folder of other images, for weights that were trained on
            val as well. Defaults to None: the val split.
        truths (str | Path, optional): Folder of their true masks.
        names (str | Path, optional): Text file that lists those to take. Defaults to None: all.
        false_alarms (str, optional): Rate that the threshold in use keeps on these images, see
            :meth:`~mdp_plugin.evaluation.false_alarms.FalseAlarms.parse`. Defaults to None: it
            is 0.5.
        threads (int, optional): Threads of the CPU. Defaults to None: one for each core.
        progress (Callable): Wraps the images to show progress. Defaults to showing none.

    Returns:
        OperatingPoints: At the threshold in use.

    Raises:
        FileNotFoundError: If config, weights or images do not exist.
        ValueError: If nothing is predicted, the config trains on val images, or
            no threshold keeps the rate.
    """
    from .. import host  # noqa: F401  (first: it checks and bridges the hosts)

    # isort: split
    from ..datasets.dataset_config import parts_of
    from ..engine.tool_config import load_tool_config

    if images is not None and truths is not None:
        samples = samples_of_folders(Path(images), Path(truths), names)
        data = f'{Path(images).resolve().parent.name} {Path(names).stem if names else ""}'.strip()
    else:
        cfg = load_tool_config(config)
        samples = samples_of_config(cfg, 'val')
        trained_on = {sample.image for sample in samples_of_config(cfg, 'train')}
        seen = sum(sample.image in trained_on for sample in samples)
        if seen:
            raise ValueError(
                f'"{config}" trains on {seen} of its {len(samples)} val images, where a threshold '
                'is better than on others; name other images (--images and --truths)'
            )
        roots = [Path(part.data_root).name for part in parts_of(cfg.val_dataloader.dataset)]
        data = f'{" and ".join(dict.fromkeys(roots))} val'
    rate = None if false_alarms is None else FalseAlarms.parse(false_alarms)
    detector = TargetDetector.from_config(config, weights, threads=threads)
    pairs = _Pairs(detector, progress(samples))
    shown = f'{data}, {counted(len(samples), "image")}'
    return points_of_evaluation(evaluate_pairs(pairs, Protocol()), pairs, shown, rate)[0]
