"""Classical methods, which need no training: filters whose response is compared with its spread.

A method's response r becomes a map of 0..1 by z = (r - mean(r)) / std(r) and z / (z + k), 0 where z
is negative. So a threshold of 0.5 is the adaptive threshold mean + k std of the literature, t is
the one with k t / (1 - t), and curves over thresholds go through all of them.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

#: Side of a cell in pixels, of each scale (LCM, MPCM).
SCALES = (3, 5, 7, 9)
#: Side of the flat square of the top-hat in pixels: targets are smaller.
TOP_HAT_SIDE = 9


def top_hat(grey: np.ndarray, side: int = TOP_HAT_SIDE) -> np.ndarray:
    """White top-hat: the image minus its opening by a flat square.

    r = f - (f eroded, then dilated, by the square): what is brighter than its surroundings and
    narrower than the square is left. Rivest and Fortin, "Detection of dim targets in digital
    infrared imagery by morphological image processing", Optical Engineering 35(7), 1996; computed
    by OpenCV.

    Args:
        grey (np.ndarray): Grey levels, float32 (H, W).
        side (int): Side of the square in pixels, odd. Defaults to 9.

    Returns:
        np.ndarray: Response in grey levels, float32 (H, W), not negative.
    """
    return cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, np.ones((side, side), np.uint8))


def local_contrast(grey: np.ndarray, scales: tuple[int, ...] = SCALES) -> np.ndarray:
    """Local contrast measure (LCM): the centre's largest value against its brightest neighbour.

    A cell around each pixel has eight neighbours of its size. With L the largest value of the cell
    and m_i the mean of neighbour i, C = min_i L^2 / m_i; the largest C of all scales is the
    response. Chen, Li, Wei, Xia and Tang, "A local contrast method for small infrared target
    detection", IEEE TGRS 52(1), 2014.

    Args:
        grey (np.ndarray): Grey levels, float32 (H, W), not negative. A mean below 1 counts 1, as a
            black neighbourhood has no contrast.
        scales (tuple[int, ...]): Sides of the cells in pixels, odd. Defaults to 3, 5, 7 and 9.

    Returns:
        np.ndarray: Response, float32 (H, W).
    """
    responses = []
    for side in scales:
        _, around = _means(grey, side)
        largest = cv2.dilate(grey, np.ones((side, side), np.uint8))
        responses.append(largest**2 / np.maximum(np.max(around, axis=0), 1))
    return np.max(responses, axis=0)


def patch_contrast(grey: np.ndarray, scales: tuple[int, ...] = SCALES) -> np.ndarray:
    """Multiscale patch-based contrast measure (MPCM): brighter than both sides, in all directions.

    A patch around each pixel has eight neighbours of its size, in four opposite pairs. With d_i the
    mean of the patch minus that of neighbour i, a pair contributes d_i d_(i+4), if both are
    positive, otherwise 0; the smallest of the four is the response at a scale, and the largest of
    all scales the response. Wei, You and Li, "Multiscale patch-based contrast measure for small
    infrared target detection", Pattern Recognition 58, 2016; for bright targets.

    Args:
        grey (np.ndarray): Grey levels, float32 (H, W).
        scales (tuple[int, ...]): Sides of the patches in pixels, odd. Defaults to 3, 5, 7 and 9.

    Returns:
        np.ndarray: Response in squared grey levels, float32 (H, W), not negative.
    """
    responses = []
    for side in scales:
        centre, around = _means(grey, side)
        differences = np.maximum(centre - around, 0)
        responses.append(np.min(differences[:4] * differences[4:], axis=0))
    return np.max(responses, axis=0)


def _means(grey: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each pixel's cell, (H, W), and of its eight neighbours, (8, H, W).

    The neighbours go round, so that i and i + 4 are opposite. Beyond the border its pixels are
    repeated.
    """
    height, width = grey.shape
    padded = cv2.copyMakeBorder(grey, side, side, side, side, cv2.BORDER_REPLICATE)
    means = cv2.blur(padded, (side, side), borderType=cv2.BORDER_REPLICATE)
    steps = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
    around = [
        means[side * (1 + dy) :, side * (1 + dx) :][:height, :width] for dy, dx in steps
    ]  # fmt: skip
    return means[side:-side, side:-side], np.array(around)


class _Method(NamedTuple):
    """A filter, and how far above its mean a pixel is a target's.

    Attributes:
        respond (Callable): Maps grey levels (H, W) to a response (H, W).
        factor (float): k of the threshold mean + k std, as it was best (nIoU) on SIRST's val.
    """

    respond: Callable[[np.ndarray], np.ndarray]
    factor: float


#: Methods by the name that a command line has for them.
METHODS = {
    'top-hat': _Method(top_hat, 12.0),
    'lcm': _Method(local_contrast, 5.0),
    'mpcm': _Method(patch_contrast, 20.0),
}


class ClassicalMethod:
    """Map grey levels to the map of a classical method.

    Args:
        name (str): A key of :data:`METHODS`.

    Attributes:
        description (str): Method and parameters, in words.
    """

    def __init__(self, name: str) -> None:
        self._method = METHODS[name]
        self.description = f'{name} {self._method.factor:g} {SCALES} {TOP_HAT_SIDE}'

    def __call__(self, grey: np.ndarray) -> np.ndarray:
        """Map grey levels, float32 (H, W), to 0..1, float32 (H, W)."""
        response = self._method.respond(np.ascontiguousarray(grey, np.float32)).astype(np.float64)
        spread = response.std()
        if not spread:
            return np.zeros(grey.shape, np.float32)  # nothing stands out
        deviations = np.maximum((response - response.mean()) / spread, 0)
        return (deviations / (deviations + self._method.factor)).astype(np.float32)
