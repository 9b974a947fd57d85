"""Detections as pictures: framed targets, maps made smaller, videos."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from .targets import Target

COLOUR = (80, 220, 80)  # BGR


def draw_targets(grey: np.ndarray, targets: Sequence[Target]) -> np.ndarray:
    """Frame every target, with its peak probability beside it.

    Args:
        grey (np.ndarray): Grey levels (H, W), float32. Levels beyond 0..255, or that use little
            of it, are stretched to the range.
        targets (Sequence[Target]): Its targets.

    Returns:
        np.ndarray: uint8 (H, W, 3), BGR.
    """
    low, high = (float(value) for value in (grey.min(), grey.max()))
    if low < 0 or high > 255 or high - low < 64:
        grey = (grey - low) * (255 / max(high - low, 1e-6))
    picture = cv2.cvtColor(np.rint(grey).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    for target in targets:
        x, y, width, height = target.box
        # Targets are of a few pixels: the frame keeps away from them.
        corner, other = (x - 5, y - 5), (x + width + 4, y + height + 4)
        cv2.rectangle(picture, corner, other, COLOUR, 1)
        left = x - 5 if x + width + 30 < picture.shape[1] else x - 25
        place = (max(0, left), y - 8 if y > 20 else y + height + 16)
        cv2.putText(
            picture, f'{target.peak:.2f}', place, cv2.FONT_HERSHEY_SIMPLEX, 0.35, COLOUR, 1,
            cv2.LINE_AA,
        )  # fmt: skip
    return picture


def largest_of_cells(values: np.ndarray, step: int) -> np.ndarray:
    """Make a map smaller, each cell being its largest value: peaks of a few pixels survive.

    Args:
        values (np.ndarray): (H, W), uint8 or float32.
        step (int): Side of a cell in pixels; those at the right and the bottom may be cut off.

    Returns:
        np.ndarray: (ceil(H / step), ceil(W / step)).
    """
    largest = cv2.dilate(values, np.ones((step, step), np.uint8), anchor=(0, 0))
    return largest[::step, ::step]


def open_video(path: Path, rate: float, size: Sequence[int]) -> cv2.VideoWriter:
    """Begin an MP4 video.

    Args:
        path (Path): File to write.
        rate (float): Frames a second.
        size (Sequence[int]): Width and height.

    Returns:
        cv2.VideoWriter: To be released at the end.
    """
    return cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), rate, size)
