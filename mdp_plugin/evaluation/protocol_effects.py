"""How far the same predictions differ if only the rules of measuring change."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import cv2
import numpy as np

from . import functional as F
from .protocol import Counts, Protocol

#: Maps grey levels, float32 (H, W), to probabilities (H, W).
Predict = Callable[[np.ndarray], np.ndarray]
#: Side of the square at which many papers score.
SQUARE = 256
#: The rules of this project; every other row changes one thing of them.
OURS = Protocol(num_thresholds=None)
#: Name of the row that counts by them.
AS_HERE = 'our protocol'

COLUMNS = ('nIoU', 'IoU', 'mIoU', 'Pd', 'Fa', 'num_targets')


class Sample(NamedTuple):
    """An image that is scored.

    Attributes:
        probability (np.ndarray): What the detector says, (H, W).
        averaged (np.ndarray): The mean of three views: plain, and flipped in either direction.
        truth (np.ndarray): True mask, bool (H, W).
    """

    probability: np.ndarray
    averaged: np.ndarray
    truth: np.ndarray


def averaged_views(predict: Predict, image: np.ndarray) -> np.ndarray:
    """Average the probabilities (H, W) of an image and of its two flips."""
    maps = [predict(image)]
    maps += [np.flip(predict(np.ascontiguousarray(np.flip(image, a))), a) for a in (0, 1)]
    return np.asarray(np.mean(maps, axis=0, dtype=np.float32))


def _with_shifted_masks(sample: Sample, protocol: Protocol) -> Counts:
    """Count at the square, with the kernel for masks that takes the floor of a coordinate."""
    truth = sample.truth.view(np.uint8)
    truth = cv2.resize(truth, (SQUARE, SQUARE), interpolation=cv2.INTER_NEAREST).view(bool)
    return protocol.count(replace(protocol, eval_size=SQUARE).at_size(sample.probability), truth)


def _by_overlap(sample: Sample, protocol: Protocol) -> Counts:
    """Count a target as found if one of its pixels is predicted."""
    counts = protocol.count(sample.probability, sample.truth)
    matches = protocol.match(sample.probability, sample.truth)
    both = sample.truth & (matches.parts.labels > 0)
    hit_parts = np.unique(matches.parts.labels[both]) - 1
    false = np.delete(matches.parts.areas, hit_parts)
    targets = F.TargetCounts(
        num_targets=len(matches.targets.areas),
        num_detected=len(np.unique(matches.targets.labels[both])),
        num_false=len(false),
        false_pixels=int(false.sum()),
        same_area_false_pixels=int(false.sum()),
    )
    return replace(counts, targets=targets)


def _plain(**options: Any) -> Callable[[Sample, Protocol], Counts]:
    """Count with other options of the protocol."""

    def count(sample: Sample, protocol: Protocol) -> Counts:
        return replace(protocol, **options).count(sample.probability, sample.truth)

    return count


#: Ways to count an image, and the rule for images without a target that goes with each.
EFFECTS: dict[str, tuple[Callable[[Sample, Protocol], Counts], str]] = {
    AS_HERE: (_plain(), 'one'),
    'scored at 256x256': (_plain(eval_size=SQUARE), 'one'),
    'scored at 512x512': (_plain(eval_size=512), 'one'),
    'at 256x256, masks half a pixel off': (_with_shifted_masks, 'one'),
    'threshold 0.3': (_plain(threshold=0.3), 'one'),
    'threshold 0.7': (_plain(threshold=0.7), 'one'),
    '4-connected': (_plain(connectivity=4), 'one'),
    'hit: centroids less than 5 pixels apart': (_plain(distance_thr=5.0), 'one'),
    'hit: one common pixel': (_by_overlap, 'one'),
    'empty images count 0': (_plain(), 'zero'),
    'empty images left out': (_plain(), 'skip'),
    'three views averaged': (lambda s, p: p.count(s.averaged, s.truth), 'one'),
}


def measure_effects(samples: Iterable[Sample]) -> dict[str, dict[str, float]]:
    """Score the same predictions by each rule.

    Args:
        samples (Iterable[Sample]): The images, gone through once.

    Returns:
        dict[str, dict[str, float]]: Values of :data:`COLUMNS` by the rule; mIoU is the mean with
        the background's IoU. All in percent, Fa in 1e-6.
    """
    counts: dict[str, list[Counts]] = {name: [] for name in EFFECTS}
    for sample in samples:
        for name, (count, _) in EFFECTS.items():
            counts[name].append(count(sample, OURS))
    return {
        name: _values(counts[name], replace(OURS, empty_image=empty))
        for name, (_, empty) in EFFECTS.items()
    }


def _values(counts: list[Counts], protocol: Protocol) -> dict[str, float]:
    """Values of one rule."""
    values = protocol.figures(counts).to_dict()
    pixels = F.sum_pixel_counts([item.pixels for item in counts])
    wrong = pixels.fp + pixels.fn
    background = 100 * F.ratio(pixels.num_pixels - pixels.tp - wrong, pixels.num_pixels - pixels.tp)
    values['mIoU'] = (values['IoU'] + background) / 2
    return {column: values[column] for column in COLUMNS}


def effects_table(measured: dict[str, dict[str, float]]) -> Iterator[str]:
    """Make lines of Markdown, one for each rule."""
    yield f'| what is different | {" | ".join(COLUMNS[:-1])} | targets |'
    yield f'| --- |{" ---: |" * len(COLUMNS)}'
    for name, values in measured.items():
        cells = [f'{values[column]:.2f}' for column in COLUMNS[:-1]]
        yield f'| {name} | {" | ".join(cells)} | {values["num_targets"]:.0f} |'
