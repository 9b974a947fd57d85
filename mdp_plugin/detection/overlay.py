"""Detections as pictures: framed targets, videos."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ..imaging.drawing import draw_boxes
from .targets import Target


def draw_targets(grey: np.ndarray, targets: Sequence[Target]) -> np.ndarray:
    """Frame every target, with its peak probability beside it.

    Args:
        grey (np.ndarray): Grey levels (H, W) of any depth, see
            :func:`~mdp_plugin.imaging.drawing.to_display`.
        targets (Sequence[Target]): Its targets.

    Returns:
        np.ndarray: uint8 (H, W, 3), BGR.
    """
    boxes = [target.box for target in targets]
    return draw_boxes(grey, boxes, [f'{target.peak:.2f}' for target in targets])


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
