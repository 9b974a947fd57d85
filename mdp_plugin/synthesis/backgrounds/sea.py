"""Open sea under a strip of sky: waves in perspective, a glitter path, a horizon."""

import numpy as np
from scipy import ndimage

from ..spectral_field import spectral_field, spectral_line
from .background import Background
from .sky import sky_gradient


def _waves(rng: np.random.Generator, shape: tuple[int, int], depth: np.ndarray) -> np.ndarray:
    """Wave field that grows coarser from the horizon (depth 0) to the viewer (depth 1).

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (tuple[int, int]): Height and width in pixels.
        depth (np.ndarray): float32 (H, 1), position between horizon and lower edge.

    Returns:
        np.ndarray: float32 (H, W), zero mean, standard deviation about 1 near the viewer.
    """
    scales = (4.0, 9.0, 20.0)
    position = depth * (len(scales) - 1)
    waves = np.zeros(shape, np.float32)
    for rank, scale in enumerate(scales):
        weight = np.clip(1 - np.abs(position - rank), 0, 1)
        field = spectral_field(
            rng, shape, rng.uniform(2.2, 2.8), (1, rng.uniform(2.5, 5)), longest=scale
        )
        waves += weight * field
    return waves * (np.float32(0.35) + np.float32(0.65) * np.sqrt(depth))


def sea_background(rng: np.random.Generator, shape: tuple[int, int]) -> Background:
    """Paint a sea, with a horizon and perhaps a coast in two scenes of three.

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (tuple[int, int]): Height and width in pixels.

    Returns:
        Background: The scene; ``sea_top`` is the row of the horizon.
    """
    height, width = shape
    has_horizon = rng.random() < 0.67
    horizon = int(height * rng.uniform(0.15, 0.55)) if has_horizon else 0
    near = 1.0 if has_horizon else rng.uniform(0.3, 1.0)
    rows = np.arange(height, dtype=np.float32)[:, None]
    depth = np.clip((rows - horizon) / max(height - horizon, 1), 0, 1)
    if not has_horizon:
        depth = np.float32(1 - near) + depth * np.float32(near)
    waves = _waves(rng, shape, depth)

    sea_level = rng.uniform(20, 110)
    contrast = np.exp(rng.uniform(np.log(1.5), np.log(9)))
    columns = np.arange(width, dtype=np.float32)[None, :]
    sea = np.float32(sea_level) + np.float32(contrast) * waves
    sea += np.float32(rng.uniform(-25, 35)) * (1 - depth) ** 2
    if rng.random() < 0.55:
        # Sun glitter: facets that happen to mirror the sun, frequent inside a vertical path.
        path = np.exp(
            -(((columns - width * rng.uniform(0.1, 0.9)) / (width * rng.uniform(0.1, 0.35))) ** 2)
            - ((depth - rng.uniform(0.1, 0.8)) / rng.uniform(0.25, 0.6)) ** 2
        ).astype(np.float32)
        facets = np.clip(waves - np.float32(rng.uniform(0.6, 1.6)), 0, 2)
        sea += path * np.float32(rng.uniform(10, 60))
        sea += path * facets * np.float32(rng.uniform(15, 60))

    if not has_horizon:
        return Background(sea, sea_top=0, sky_bottom=0)
    sky = sky_gradient(rng, (horizon, width), rng.uniform(0, 30))
    sky += np.float32(sea_level + rng.choice((-1, 1), p=(0.25, 0.75)) * rng.uniform(12, 70))
    haze = spectral_field(rng, (horizon, width), 3.4, stretch=(1, 4))
    sky += np.float32(rng.uniform(0.5, 5)) * haze
    levels = np.concatenate((sky, sea[horizon:]))
    if rng.random() < 0.35:
        _add_coast(rng, levels, horizon)
    return Background(np.clip(levels, 3, None), sea_top=horizon, sky_bottom=horizon)


def _add_coast(rng: np.random.Generator, levels: np.ndarray, horizon: int) -> None:
    """Draw land behind the sea, rising from the horizon and ending inside the picture."""
    height, width = levels.shape
    relief = spectral_line(rng, width, 2.4, longest=width / 2)
    ends = np.clip((np.arange(width) / width - rng.uniform(-0.3, 0.6)) * 3, 0, 1)
    if rng.random() < 0.5:
        ends = ends[::-1]
    crest = horizon - (height * rng.uniform(0.03, 0.1) * (1.2 + 0.5 * relief)) * ends
    rows = np.arange(horizon)[:, None]
    land = np.clip(rows - crest[None] + 0.5, 0, 1) * (ends > 0.02)
    texture = ndimage.gaussian_filter(spectral_field(rng, (horizon, width), 1.8, (1, 2)), 0.6)
    warmth = np.float32(rng.uniform(-35, 60)) + np.float32(rng.uniform(4, 14)) * texture
    levels[:horizon] += (land * warmth).astype(np.float32)
