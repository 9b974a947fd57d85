"""From a probability map to a list of targets."""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from ..evaluation.functional import Confidence, mean_log_odds
from ..imaging.signal_to_clutter import MARGIN, signal_to_clutter


class Target(NamedTuple):
    """One target in an image; coordinates in pixels, (0, 0) being the middle of the first one.

    Attributes:
        x (float): Column of the centroid, weighted by probability.
        y (float): Row of the centroid.
        box (tuple[int, int, int, int]): First column and row, width and height.
        area (int): Pixels.
        peak (float): Highest probability.
        mean (float): Mean probability.
        scr (float | None): Local signal-to-clutter ratio, see
            :func:`~mdp_plugin.imaging.signal_to_clutter.signal_to_clutter`; None without the
            image.
        confidence (float | None): Calibrated probability of being a target; None without a
            calibration.
        track_id (int | None): Number of the track that it belongs to, see
            :class:`~mdp_plugin.detection.tracking.Tracker`; None if frames were not tracked.
    """

    x: float
    y: float
    box: tuple[int, int, int, int]
    area: int
    peak: float
    mean: float
    scr: float | None = None
    confidence: float | None = None
    track_id: int | None = None


def find_targets(
    probability: np.ndarray,
    threshold: float = 0.5,
    *,
    image: np.ndarray | None = None,
    confidence: Confidence | Callable[[float], float] | None = None,
) -> list[Target]:
    """Find the targets of a map: its 8-connected components above a threshold.

    Args:
        probability (np.ndarray): (H, W), float32.
        threshold (float): A pixel above it belongs to a target. Defaults to 0.5.
        image (np.ndarray, optional): Grey levels (H, W), for the signal-to-clutter ratio. Defaults
            to None.
        confidence (Callable, optional): Maps mean log-odds to confidence, see
            :class:`~mdp_plugin.evaluation.functional.Confidence`. Defaults to None.

    Returns:
        list[Target]: From top to bottom by their boxes.

    Raises:
        ValueError: If the map is not (H, W), or the image has another size.
    """
    if probability.ndim != 2:
        raise ValueError(f'the probability map must be (H, W), got {probability.shape}')
    if image is not None and image.shape != probability.shape:
        raise ValueError(f'the image is {image.shape}, its map {probability.shape}')
    mask = (probability > np.float32(threshold)).view(np.uint8)
    targets = []
    for top, bottom in _runs(mask.any(axis=1)):
        for left, right in _runs(mask[top:bottom].any(axis=0)):
            count, labels, stats, _ = cv2.connectedComponentsWithStats(
                mask[top:bottom, left:right], connectivity=8
            )
            for label in range(1, count):
                x, y, width, height, area = (int(value) for value in stats[label])
                inside = labels[y : y + height, x : x + width] == label
                box = (x + left, y + top, width, height)
                targets.append(_measure(probability, image, box, inside, area, confidence))
    return sorted(targets, key=lambda target: (target.box[1], target.box[0]))


def _runs(flags: np.ndarray) -> list[list[int]]:
    """Begin and end of each run of true values.

    Most of a map is empty. Parts between empty rows, and between empty columns of these, are not
    connected, and to label them one by one takes a tenth of the time for the whole map.
    """
    runs: list[list[int]] = []
    # A loop, since differences of arrays cost more than the few rows that a target has.
    for index in np.flatnonzero(flags).tolist():
        if runs and runs[-1][1] == index:
            runs[-1][1] += 1
        else:
            runs.append([index, index + 1])
    return runs


def _measure(
    probability: np.ndarray,
    image: np.ndarray | None,
    box: tuple[int, int, int, int],
    inside: np.ndarray,
    area: int,
    confidence: Confidence | Callable[[float], float] | None,
) -> Target:
    """Describe one component, given by its box and its pixels (height, width) inside."""
    x, y, width, height = box
    window = probability[y : y + height, x : x + width]
    values = window * inside
    columns, rows = values.sum(axis=0), values.sum(axis=1)
    total = float(columns.sum())
    scr = None
    if image is not None:
        # Its neighbourhood alone: whole masks of many targets take minutes.
        top, left = max(y - MARGIN, 0), max(x - MARGIN, 0)
        near = image[top : y + height + MARGIN, left : x + width + MARGIN]
        part = np.zeros(near.shape, bool)
        part[y - top : y - top + height, x - left : x - left + width] = inside
        scr = signal_to_clutter(near, part)
    return Target(
        x=x + float(columns @ np.arange(width)) / total,
        y=y + float(rows @ np.arange(height)) / total,
        box=box,
        area=area,
        peak=float(values.max()),
        mean=total / area,
        scr=scr,
        confidence=confidence and float(confidence(mean_log_odds(window[inside]))),
    )
