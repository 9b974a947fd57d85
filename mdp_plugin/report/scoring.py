"""What a report knows of a detector: figures, curves, and the fate of every target."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .. import registration  # noqa: F401

# isort: split
from ..evaluation import functional as F
from ..evaluation.metrics import IRSTDMetric
from ..evaluation.metrics.sample_arrays import resample_mask
from ..evaluation.scored_files import count_image, read_truth
from ..imaging.grey_levels import to_grey
from ..imaging.picture_files import read_image
from ..imaging.resampling import resize_image
from ..imaging.signal_to_clutter import signal_to_clutter

#: Side of a crop of the gallery in pixels.
CROP = 48

Predict = Callable[[np.ndarray, str], np.ndarray]
"""Maps grey levels (H, W) and the image's name to probabilities (H, W)."""


class Sample(NamedTuple):
    """An image with its truth.

    Attributes:
        name (str): Name of the image.
        image (Path): Its file.
        mask (Path): The file of its truth.
    """

    name: str
    image: Path
    mask: Path

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Read grey levels, float32 (H, W), and truth, bool (H, W)."""
        grey = to_grey(read_image(self.image), name=str(self.image))
        return grey, resample_mask(read_truth(self.mask), grey.shape)  # SIRST has one of another


class TargetFate(NamedTuple):
    """One true target.

    Attributes:
        image (str): Name of its image.
        area (int): Pixels.
        scr (float): Local signal-to-clutter ratio.
        found (bool): Whether a predicted component matches it.
    """

    image: str
    area: int
    scr: float
    found: bool


class Mistake(NamedTuple):
    """A miss or a false alarm.

    Attributes:
        kind (str): 'missed' or 'false'.
        image (str): Name of the image.
        centre (tuple[float, float]): Row and column.
        grey (np.ndarray): Crop of the image, (48, 48).
        probability (np.ndarray): The same of the response.
        truth (np.ndarray): The same of the true mask.
    """

    kind: str
    image: str
    centre: tuple[float, float]
    grey: np.ndarray
    probability: np.ndarray
    truth: np.ndarray


class PredictedPart(NamedTuple):
    """One predicted component.

    Attributes:
        log_odds (float): Mean log-odds of its pixels.
        is_target (bool): Whether it matches a true target.
    """

    log_odds: float
    is_target: bool


class Scores(NamedTuple):
    """Everything about one detector.

    Attributes:
        name (str): Name of the detector.
        figures (dict[str, dict[str, float]]): Figures by protocol, see
            :class:`~mdp_plugin.evaluation.metrics.IRSTDMetric`.
        curves (dict[str, list[float]]): At original size, see
            :meth:`~mdp_plugin.evaluation.metrics.IRSTDMetric.curves`.
        targets (list[TargetFate]): The targets.
        mistakes (list[Mistake]): Misses and false alarms.
        parts (list[PredictedPart]): Everything that was predicted.
        confidence (Confidence): The detector's calibration.
    """

    name: str
    figures: dict[str, dict[str, float]]
    curves: dict[str, list[float]]
    targets: list[TargetFate]
    mistakes: list[Mistake]
    parts: list[PredictedPart]
    confidence: F.Confidence

    @property
    def missed(self) -> list[Mistake]:
        """The mistakes that are misses."""
        return [mistake for mistake in self.mistakes if mistake.kind == 'missed']

    @property
    def false(self) -> list[Mistake]:
        """The mistakes that are false alarms."""
        return [mistake for mistake in self.mistakes if mistake.kind == 'false']

    @property
    def summary(self) -> str:
        """The detector and its numbers of mistakes in words."""
        return f'{self.name}: {len(self.missed)} missed, {len(self.false)} false'


def _crop(values: np.ndarray, centre: Sequence[float]) -> np.ndarray:
    """A square around a point; beyond the border the image is repeated."""
    half = CROP // 2
    y, x = (round(float(c)) for c in centre)
    return np.pad(values, half, mode='edge')[y : y + CROP, x : x + CROP]


def _judge(
    sample: Sample, grey: np.ndarray, truth: np.ndarray, score: np.ndarray, threshold: float
) -> Iterator[TargetFate | Mistake | PredictedPart]:
    """Fate of each target and part of an image, and its mistakes, by the metric's matching."""
    parts, targets = F.label_components(score > threshold), F.label_components(truth)
    pairs = F.match_components(parts, targets)
    found, matched = {t for _, t in pairs}, {p for p, _ in pairs}

    def mistake(kind: str, centre: Sequence[float]) -> Mistake:
        crops = [_crop(values, centre) for values in (grey, score, truth)]
        return Mistake(kind, sample.name, tuple(float(c) for c in centre), *crops)

    for index, area in enumerate(targets.areas):
        ratio = signal_to_clutter(grey, targets.labels == index + 1)
        yield TargetFate(sample.name, int(area), ratio, index in found)
        if index not in found:
            yield mistake('missed', targets.centroids[index])
    for index, log_odds in enumerate(F.component_log_odds(score, parts)):
        yield PredictedPart(log_odds, index in matched)
        if index not in matched:
            yield mistake('false', parts.centroids[index])


def score_detector(
    name: str,
    predict: Predict,
    samples: Sequence[Sample],
    square: int,
    threshold: float = 0.5,
    interpolation: str | None = 'bilinear',
    confidence: F.Confidence = F.UNCALIBRATED,
    progress: Callable[[Sequence[Sample]], Sequence[Sample]] = lambda samples: samples,
) -> Scores:
    """Run a detector over images and keep what a report shows.

    Args:
        name (str): What the report calls it.
        predict (Callable): The detector.
        samples (Sequence[Sample]): Images with truths.
        square (int): Side of the square of the second protocol, in pixels, to which papers resize
            image and mask before they predict and score.
        threshold (float): Probability above which a pixel is predicted. Defaults to 0.5.
        interpolation (str, optional): Kernel by which the detector wants images resized to the
            square. Of a folder of predictions, which cannot be asked for other images, it is None,
            and its maps are resized instead. Defaults to 'bilinear'.
        confidence (Confidence): Calibration of the detector. Defaults to none.
        progress (Callable): Wraps the samples to show progress. Defaults to showing none.

    Returns:
        Scores: The results.

    Raises:
        ValueError: If a prediction does not have its image's size.
    """
    original = IRSTDMetric(threshold=threshold)
    squared = IRSTDMetric(threshold=threshold, eval_size=square)
    items = {TargetFate: [], Mistake: [], PredictedPart: []}
    for sample in progress(samples):
        grey, truth = sample.read()
        score = predict(grey, sample.name)
        if score.shape != truth.shape:
            raise ValueError(
                f'{name}: the prediction for "{sample.name}" is {score.shape}, the image '
                f'{truth.shape} (height, width)'
            )
        count_image(original, sample.name, score, truth)
        if interpolation is not None:
            small = resize_image(grey, (square, square), interpolation)
            small_truth = resample_mask(truth, (square, square))
            count_image(squared, sample.name, predict(small, sample.name), small_truth)
        else:
            count_image(squared, sample.name, score, truth)
        for item in _judge(sample, grey, truth, score, threshold):
            items[type(item)].append(item)
    figures = {
        'original size': original.compute_metrics(original.results),
        f'{square}x{square}': squared.compute_metrics(squared.results),
    }
    return Scores(name, figures, original.curves(original.results), *items.values(), confidence)
