"""Mean and standard deviation of images, every image weighing the same."""

import math
from collections.abc import Iterable

import numpy as np


def moments(image: np.ndarray) -> tuple[float, float]:
    """Mean, and mean of the squares, of an image's values."""
    return float(image.mean(dtype=np.float64)), float(np.square(image, dtype=np.float64).mean())


def statistics_of(images: Iterable[tuple[float, float]]) -> dict[str, float]:
    """Combine the moments of images.

    Args:
        images (Iterable[tuple[float, float]]): :func:`moments` of each one, at least one.

    Returns:
        dict: ``mean`` and ``std`` over all pixels, in the images' units.
    """
    mean, square = np.mean(list(images), axis=0)
    return dict(mean=float(mean), std=math.sqrt(max(square - mean * mean, 0.0)))
