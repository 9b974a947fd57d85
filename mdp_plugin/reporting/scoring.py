"""What a report knows of a detector: figures, curves, and the fate of every target."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..evaluation import functional as F
from ..evaluation.counts import Matches, sum_counts
from ..evaluation.protocol import Protocol
from ..evaluation.scored_files import read_truth
from ..imaging.grey_levels import GreyLevels
from ..imaging.picture_files import read_image
from ..imaging.resampling import resize_image, resize_mask
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

    def read(self, levels: GreyLevels) -> tuple[np.ndarray, np.ndarray]:
        """Read grey levels, float32 (H, W), and truth, bool (H, W)."""
        grey = levels(read_image(self.image), str(self.image))
        truth = read_truth(self.mask)
        return grey, resize_mask(truth, grey.shape[::-1])  # SIRST has one of another size


class Predicted(NamedTuple):
    """An image as a detector sees it, and what it says.

    Attributes:
        grey (np.ndarray): Grey levels, float32 (H, W).
        truth (np.ndarray): True mask, bool (H, W).
        probability (np.ndarray): Probability of a target, float32 (H, W).
    """

    grey: np.ndarray
    truth: np.ndarray
    probability: np.ndarray


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
        probability (np.ndarray): The same of the probability map.
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
            :class:`~mdp_plugin.evaluation.figures.Figures`.
        curves (dict[str, list[float]]): At original size, see
            :class:`~mdp_plugin.evaluation.figures.Curves`.
        targets (list[TargetFate]): The targets.
        mistakes (list[Mistake]): Misses and false alarms.
        parts (list[PredictedPart]): Everything that was predicted.
        confidence (Confidence): The detector's calibration.
        errors (Errors): Of which kinds the mistakes are, at original size.
        pixels (PixelCounts): Pixels at the threshold, at original size.
    """

    name: str
    figures: dict[str, dict[str, float]]
    curves: dict[str, list[float]]
    targets: list[TargetFate]
    mistakes: list[Mistake]
    parts: list[PredictedPart]
    confidence: F.Confidence
    errors: F.Errors
    pixels: F.PixelCounts

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

    def to_dict(self) -> dict[str, Any]:
        """Figures, curves, targets and mistakes as plain values, without pictures."""
        return {
            'figures': self.figures,
            'errors': self.errors._asdict(),
            'curves': self.curves,
            'targets': [target._asdict() for target in self.targets],
            'mistakes': [
                {'kind': mistake.kind, 'image': mistake.image, 'centre': list(mistake.centre)}
                for mistake in self.mistakes
            ],
            'confidence': self.confidence._asdict(),
        }


def _crop(values: np.ndarray, centre: Sequence[float]) -> np.ndarray:
    """A square around a point; beyond the border the image is repeated."""
    half = CROP // 2
    y, x = (round(float(c)) for c in centre)
    return np.pad(values, half, mode='edge')[y : y + CROP, x : x + CROP]


def _judge(
    sample: Sample, grey: np.ndarray, truth: np.ndarray, matches: Matches
) -> Iterator[TargetFate | Mistake | PredictedPart]:
    """Fate of each target and part of an image, and its mistakes, by the metric's matching."""
    probability, parts, targets, _ = matches
    found = matches.is_found

    def mistake(kind: str, centre: Sequence[float]) -> Mistake:
        crops = [_crop(values, centre) for values in (grey, probability, truth)]
        return Mistake(kind, sample.name, (float(centre[0]), float(centre[1])), *crops)

    for index, area in enumerate(targets.areas):
        ratio = signal_to_clutter(grey, targets.labels == index + 1)
        yield TargetFate(sample.name, int(area), ratio, found[index])
        if not found[index]:
            yield mistake('missed', targets.centroids[index])
    for index, part in enumerate(map(PredictedPart, matches.log_odds, matches.is_target)):
        yield part
        if not part.is_target:
            yield mistake('false', parts.centroids[index])


def predict_sample(name: str, predict: Predict, sample: Sample, levels: GreyLevels) -> Predicted:
    """Show an image to a detector.

    Args:
        name (str): What the detector is called, for the error message.
        predict (Callable): The detector.
        sample (Sample): The image.
        levels (GreyLevels): Makes its grey levels.

    Returns:
        Predicted: Grey levels, truth and probability.

    Raises:
        ValueError: If the prediction does not have the image's size.
    """
    grey, truth = sample.read(levels)
    probability = predict(grey, sample.name)
    if probability.shape != truth.shape:
        raise ValueError(
            f'{name}: the prediction for "{sample.name}" is {probability.shape}, the image '
            f'{truth.shape} (height, width)'
        )
    return Predicted(grey, truth, probability)


def score_detector(
    name: str,
    predict: Predict,
    samples: Sequence[Sample],
    eval_size: int | tuple[int, int] | None,
    *,
    levels: GreyLevels | None = None,
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
        eval_size (int | tuple[int, int], optional): Side of a square, or height and width, to
            which papers resize image and mask before they predict and score: the second protocol.
            It is left out if it is None, or all images have this size.
        levels (GreyLevels, optional): Makes grey levels of the images. Defaults to None: by its
            defaults.
        threshold (float): Probability above which a pixel is predicted. Defaults to 0.5.
        interpolation (str, optional): Kernel by which the detector wants images resized to the
            size. Of a folder of predictions, which cannot be asked for other images, it is None,
            and its maps are resized instead. Defaults to 'bilinear'.
        confidence (Confidence): Calibration of the detector. Defaults to none.
        progress (Callable): Wraps the samples to show progress. Defaults to showing none.

    Returns:
        Scores: The results.

    Raises:
        ValueError: If a prediction does not have its image's size.
    """
    levels = levels or GreyLevels()
    original = Protocol(threshold=threshold)
    resized = replace(original, eval_size=eval_size)
    size = resized.size
    counts, resized_counts = [], []
    sizes = set()
    targets: list[TargetFate] = []
    mistakes: list[Mistake] = []
    parts: list[PredictedPart] = []
    for sample in progress(samples):
        grey, truth, probability = predict_sample(name, predict, sample, levels)
        counts.append(original.count(probability, truth, sample.name))
        sizes.add(grey.shape)
        if size is not None:
            resized_probability = probability
            if interpolation is not None and grey.shape != size:
                resized_grey = resize_image(grey, size[::-1], interpolation)
                resized_probability = predict(resized_grey, sample.name)
            resized_counts.append(resized.count(resized_probability, truth, sample.name))
        for item in _judge(sample, grey, truth, original.match(probability, truth, sample.name)):
            if isinstance(item, TargetFate):
                targets.append(item)
            elif isinstance(item, Mistake):
                mistakes.append(item)
            else:
                parts.append(item)
    figures = {'original size': original.figures(counts).to_dict()}
    if size is not None and sizes != {size}:
        figures[f'{size[0]}x{size[1]}'] = resized.figures(resized_counts).to_dict()
    curves = original.curves(counts).to_dict()
    errors, pixels = original.errors(counts), sum_counts(counts).pixels
    return Scores(name, figures, curves, targets, mistakes, parts, confidence, errors, pixels)
