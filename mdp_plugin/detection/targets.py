"""From a probability map to a list of targets."""

from typing import NamedTuple

import cv2
import numpy as np

from ..synthesis.signal_to_clutter import signal_to_clutter


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
            :func:`~mdp_plugin.synthesis.signal_to_clutter.signal_to_clutter`; None without the
            image.
    """

    x: float
    y: float
    box: tuple[int, int, int, int]
    area: int
    peak: float
    mean: float
    scr: float | None = None


def find_targets(
    probability: np.ndarray, threshold: float = 0.5, image: np.ndarray | None = None
) -> list[Target]:
    """Find the targets of a map: its 8-connected components above a threshold.

    Args:
        probability (np.ndarray): (H, W), float32.
        threshold (float): A pixel above it belongs to a target. Defaults to 0.5.
        image (np.ndarray, optional): Grey levels (H, W), for the signal-to-clutter ratio. Defaults
            to None.

    Returns:
        list[Target]: In the order of their first pixels, row by row.

    Raises:
        ValueError: If the map is not (H, W), or the image has another size.
    """
    if probability.ndim != 2:
        raise ValueError(f'the probability map must be (H, W), got {probability.shape}')
    if image is not None and image.shape != probability.shape:
        raise ValueError(f'the image is {image.shape}, its map {probability.shape}')
    mask = cv2.compare(np.ascontiguousarray(probability), threshold, cv2.CMP_GT)
    # Most of a map is empty: only the rows that are not are labelled.
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return []
    top, bottom = rows[0], rows[-1] + 1
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask[top:bottom], connectivity=8)
    targets = []
    for label in range(1, count):
        x, y, width, height, area = (int(value) for value in stats[label])
        inside = labels[y : y + height, x : x + width] == label
        y += int(top)
        scr = None
        if image is not None:
            part = np.zeros(image.shape, bool)
            part[y : y + height, x : x + width] = inside
            scr = signal_to_clutter(image, part)
        values = probability[y : y + height, x : x + width] * inside
        total = float(values.sum())
        targets.append(
            Target(
                x=x + float(values.sum(axis=0) @ np.arange(width)) / total,
                y=y + float(values.sum(axis=1) @ np.arange(height)) / total,
                box=(x, y, width, height),
                area=area,
                peak=float(values.max()),
                mean=total / area,
                scr=scr,
            )
        )
    return targets
