"""Pixels that say nothing of the scene: filling them, and finding those of a camera."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from .masks import binary_mask
from .picture_files import read_image

#: A pixel stands out that differs from its neighbourhood by more than this many deviations.
DEVIATIONS = 6.0
#: A bad pixel stands out in this share of the frames, or in more.
SHARE = 0.9
#: Frames that a map of bad pixels needs.
LEAST_FRAMES = 10
#: A camera has fewer bad pixels; more than these are a scene that does not move.
LARGEST_SHARE = 0.02


def fill_pixels(values: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """Replace pixels by the mean of their good neighbours.

    Args:
        values (np.ndarray): (H, W), float32 or float64.
        bad (np.ndarray): bool (H, W), the pixels to replace; not all of them.

    Returns:
        np.ndarray: A new array; wide gaps are filled smoothly from their border.
    """
    known = (~bad).astype(values.dtype)
    box = dict(ddepth=-1, ksize=(3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    total, count = (cv2.boxFilter(v, **box) for v in (np.where(bad, 0, values), known))
    filled = total / np.maximum(count, 1)
    gap = count == 0
    if gap.any():
        every_second = (np.ascontiguousarray(v[::2, ::2]) for v in (filled, gap))
        coarse = fill_pixels(*every_second)
        filled[gap] = cv2.resize(coarse, values.shape[::-1])[gap]
    return np.where(bad, filled, values)


def read_ignore_mask(mask: str | Path | np.ndarray) -> np.ndarray:
    """Read where a detector is to look at nothing.

    Args:
        mask (str | Path | np.ndarray): A picture, by the rule of
            :func:`~mdp_plugin.imaging.masks.binary_mask`, or an array (H, W).

    Returns:
        np.ndarray: bool (H, W), true where nothing is to be reported.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it marks every pixel.
    """
    name = 'the ignore mask'
    if isinstance(mask, (str, Path)):
        name, mask = f'the ignore mask "{mask}"', read_image(mask)
    marked = binary_mask(np.asarray(mask))
    if marked.all():
        raise ValueError(f'{name} marks every pixel; what is not 0 is left out')
    return marked


def find_bad_pixels(frames: Iterable[np.ndarray]) -> np.ndarray:
    """Find the pixels that differ from their neighbourhood whatever the scene shows.

    A pixel stands out in a frame if it differs from the median of the 5x5 pixels around it by more
    than :data:`DEVIATIONS` times the robust deviation of all such differences. It is bad if it
    does so in :data:`SHARE` of the frames. The scene has to move: a star that stays where it is
    cannot be told from a hot pixel.

    Args:
        frames (Iterable[np.ndarray]): Frames (H, W) of one camera, float32 in any unit, at least
            :data:`LEAST_FRAMES`; they are gone through once.

    Returns:
        np.ndarray: bool (H, W).

    Raises:
        ValueError: If there are too few frames, they differ in size, or the scene stands still.
    """
    counts = np.zeros((0, 0), np.int64)
    number = 0
    for frame in frames:
        if not number:
            counts = np.zeros(frame.shape, np.int64)
        if frame.shape != counts.shape:
            raise ValueError(
                f'frame {number} is {frame.shape}, those before {counts.shape} (height, width); '
                'bad pixels are found in frames of one size'
            )
        excess = np.abs(frame - cv2.medianBlur(frame, 5))
        # The deviation of a frame with few different values may be 0; what differs stands out.
        counts += excess > DEVIATIONS * 1.4826 * float(np.median(excess))
        number += 1
    if number < LEAST_FRAMES:
        raise ValueError(
            f'bad pixels are found in {LEAST_FRAMES} frames or more of a moving scene, not {number}'
        )
    bad = counts >= SHARE * number
    if bad.mean() > LARGEST_SHARE:
        raise ValueError(
            f'{100 * bad.mean():.1f} % of the pixels stand out in nearly all of {number} frames; '
            'take frames of a scene that moves, or move the camera'
        )
    return bad
