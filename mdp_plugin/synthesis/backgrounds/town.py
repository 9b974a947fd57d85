"""Buildings in front of the sky, as a camera on a roof sees them."""

import numpy as np

from ..spectral_field import spectral_field, spectral_line
from .background import Background
from .cloud import cloud_layer
from .sky import sky_gradient


def _facade(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A wall with a warm roof edge and perhaps rows of windows or balconies, in levels."""
    wall = np.full((height, width), rng.uniform(30, 90), np.float32)
    wall += np.linspace(0, rng.uniform(-18, 18), height, dtype=np.float32)[:, None]
    roof = int(rng.integers(1, 5))
    wall[:roof] += np.float32(rng.uniform(-20, 45))
    if rng.random() < 0.65:
        pitch_y, pitch_x = rng.integers(9, 26), rng.integers(9, 30)
        fill_y, fill_x = rng.uniform(0.25, 0.7), rng.uniform(0.3, 1.0)
        grid_y = (np.arange(height) % pitch_y < pitch_y * fill_y) & (np.arange(height) > roof + 3)
        grid_x = np.arange(width) % pitch_x < pitch_x * fill_x
        glow = rng.uniform(-40, 55) * rng.uniform(
            0.5, 1.0, (height // pitch_y + 1, width // pitch_x + 1)
        )
        glow = glow[np.arange(height) // pitch_y][:, np.arange(width) // pitch_x]
        wall += (grid_y[:, None] & grid_x[None]) * glow.astype(np.float32)
    if rng.random() < 0.4:  # a stairwell or shaft, a vertical strip of another warmth
        left = int(rng.integers(0, max(width - 6, 1)))
        wall[:, left : left + int(rng.integers(3, 9))] += np.float32(rng.uniform(-25, 40))
    # Sun, leaking heat and weather leave no wall even.
    stain = spectral_field(rng, (height, width), 2.8, (2, 1))
    return wall + np.float32(rng.uniform(1, 6)) * stain


def _add_trees(rng: np.random.Generator, levels: np.ndarray) -> np.ndarray:
    """Let crowns of trees hide the foot of the scene; returns where, bool (H, W)."""
    height, width = levels.shape
    crowns = np.abs(spectral_line(rng, width, 2.2, longest=width / 6))
    top = height * (1 - rng.uniform(0.02, 0.15)) - crowns * height * rng.uniform(0.02, 0.05)
    first = max(int(top.min()) - 1, 0)
    rows = np.arange(first, height, dtype=np.float32)[:, None]
    cover = np.clip(rows - top[None].astype(np.float32) + 0.5, 0, 1)
    leaves = spectral_field(rng, cover.shape, 2.0, longest=14)
    foot = levels[first:]
    foot += cover * (
        np.float32(rng.uniform(25, 90)) + np.float32(rng.uniform(4, 10)) * leaves - foot
    )
    hidden = np.zeros(levels.shape, bool)
    hidden[first:] = cover > 0
    return hidden


def town_background(rng: np.random.Generator, shape: tuple[int, int]) -> Background:
    """Paint one to six buildings, at different distances, before a clear or cloudy sky.

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (tuple[int, int]): Height and width in pixels.

    Returns:
        Background: The scene, without sea.
    """
    height, width = shape
    levels = sky_gradient(rng, shape, rng.uniform(0, 25))
    levels += np.float32(np.exp(rng.uniform(np.log(6), np.log(80))))
    if rng.random() < 0.35:
        levels += np.float32(rng.uniform(8, 40)) * cloud_layer(rng, shape)
    else:
        haze = spectral_field(rng, shape, 3.4, stretch=(1, 2))
        levels += np.float32(rng.uniform(0.5, 5)) * haze
    structures = np.zeros(shape, bool)
    base = rng.uniform(-15, 45)
    for _ in range(rng.integers(1, 7)):
        wall_w = int(width * rng.uniform(0.12, 0.5))
        left = int(rng.uniform(-0.1, 1.0) * width)
        top = int(height * rng.uniform(0.35, 0.92))
        left, right = max(left, 0), min(left + wall_w, width)
        if right - left < 4 or height - top < 4:
            continue
        wall = _facade(rng, height - top, right - left)
        levels[top:, left:right] = wall + np.float32(base + rng.uniform(-20, 20))
        structures[top:, left:right] = True
    if rng.random() < 0.45:
        structures |= _add_trees(rng, levels)
    return Background(
        np.clip(levels, 4, None), sky_bottom=int(0.35 * height), structures=structures
    )
