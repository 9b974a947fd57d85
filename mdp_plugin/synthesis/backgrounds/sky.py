"""Clear sky: a smooth gradient with a breath of haze."""

import numpy as np

from ..spectral_field import spectral_field
from .background import Background


def sky_gradient(rng: np.random.Generator, shape: tuple[int, int], span: float) -> np.ndarray:
    """Radiance of a clear sky, which grows towards the horizon with the path through the air.

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (tuple[int, int]): Height and width in pixels.
        span (float): Levels between the coldest and the warmest row.

    Returns:
        np.ndarray: float32 (H, W), 0 at the coldest place.
    """
    height, width = shape
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :]
    tilt = np.float32(rng.uniform(-0.35, 0.35))
    elevation = np.clip(y + tilt * x, 0, None)
    gradient = elevation ** np.float32(rng.uniform(0.8, 2.5))
    return np.float32(span) * gradient


def sky_background(rng: np.random.Generator, shape: tuple[int, int]) -> Background:
    """Paint a clear or hazy sky.

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (tuple[int, int]): Height and width in pixels.

    Returns:
        Background: The scene, without sea.
    """
    levels = sky_gradient(rng, shape, rng.uniform(2, 50))
    haze = spectral_field(rng, shape, rng.uniform(3.2, 4.0), stretch=(1, rng.uniform(1, 3)))
    levels += np.float32(rng.uniform(0.5, 6)) * haze
    levels += np.float32(rng.uniform(25, 150)) - levels.mean()
    return Background(levels)
