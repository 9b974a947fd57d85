"""Clouds in front of the sky: soft layers with bright, ragged edges."""

import numpy as np
from scipy import ndimage

from ..spectral_field import spectral_field
from .background import Background
from .sky import sky_gradient


def _warp(field: np.ndarray, shift_y: np.ndarray, shift_x: np.ndarray) -> np.ndarray:
    """Move every pixel of a field by given shifts, which curls straight structures."""
    grid_y, grid_x = np.indices(field.shape, dtype=np.float32)
    return ndimage.map_coordinates(
        field, (grid_y + shift_y, grid_x + shift_x), order=1, mode='reflect'
    )


def cloud_layer(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Brightness of one layer of clouds.

    The optical thickness is the part of a power-law field above a level (the cover); thin parts
    are frayed by a rougher field, thick ones saturate as an opaque cloud does, and the side
    turned to the light is brighter.

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (tuple[int, int]): Height and width in pixels.

    Returns:
        np.ndarray: float32 (H, W), 0 where the sky is clear, about 1 in thick cloud.
    """
    side = max(shape)
    stretch = (1.0, float(rng.uniform(1.0, 2.4)))
    form = spectral_field(rng, shape, rng.uniform(3.5, 4.5), stretch, longest=side)
    detail = spectral_field(rng, shape, rng.uniform(2.8, 3.4), stretch, longest=side / 5)
    wispy = rng.random() < 0.4
    if wispy:
        bend = np.float32(rng.uniform(5, 12) * side / 256)
        form = _warp(form - 0.2 * np.abs(detail), bend * detail, bend * form)
    else:
        form = form + np.float32(0.3) * np.abs(detail)  # rounded heads between sharp valleys
    cover = np.quantile(form[::4, ::4], rng.uniform(0.1, 0.8))
    softness = rng.uniform(1.0, 2.2) if wispy else np.exp(rng.uniform(np.log(0.4), np.log(2.5)))
    thickness = np.clip((form - cover) / np.float32(softness), 0, None)
    opacity = 1 - np.exp(-(thickness ** np.float32(rng.uniform(1.1, 1.8))))
    angle = rng.uniform(-np.pi, 0)  # the light comes from above
    slope_y, slope_x = np.gradient(ndimage.gaussian_filter(form, 1.5))
    slope = np.float32(np.sin(angle)) * slope_y + np.float32(np.cos(angle)) * slope_x
    slope /= max(float(slope.std()), 1e-6)
    shade = 1 - np.float32(rng.uniform(0.03, 0.14)) * np.clip(slope, -2.5, 2.5)
    shade += np.float32(rng.uniform(0.03, 0.1)) * detail
    return opacity * np.clip(shade, 0.3, 1.7)


def cloud_background(rng: np.random.Generator, shape: tuple[int, int]) -> Background:
    """Paint one or two layers of clouds in front of a sky.

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (tuple[int, int]): Height and width in pixels.

    Returns:
        Background: The scene, without sea.
    """
    levels = sky_gradient(rng, shape, rng.uniform(0, 30))
    levels += np.float32(rng.uniform(5, 90))
    strength = np.float32(np.exp(rng.uniform(np.log(15), np.log(150))))
    levels += strength * cloud_layer(rng, shape)
    return Background(levels)
