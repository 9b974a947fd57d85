"""Open country: relief with ridges, patches of soil, vegetation, roads and small buildings."""

import numpy as np
from scipy import ndimage

from ..spectral_field import spectral_field, spectral_line
from .background import Background
from .sky import sky_gradient


def _patches(rng: np.random.Generator, shape: tuple[int, int], flat: float) -> np.ndarray:
    """Fields and woods: regions of equal warmth with sharp, irregular borders, in 0..1."""
    form = spectral_field(rng, shape, rng.uniform(3.0, 3.6), (1, flat), longest=max(shape) / 2)
    number = int(rng.integers(2, 5))
    shares = (np.arange(number) + rng.uniform(0.25, 0.75, number)) / number
    edges = np.quantile(form[::4, ::4], shares)
    warmth = rng.random(len(edges) + 1).astype(np.float32)
    return warmth[np.searchsorted(edges, form)]


def _add_road(rng: np.random.Generator, levels: np.ndarray) -> None:
    """Draw a winding road across the picture, warmer or colder than its surroundings."""
    height, width = levels.shape
    bend = spectral_line(rng, width, 3.2) * height * rng.uniform(0.01, 0.06)
    slope = np.linspace(-0.5, 0.5, width) * height * rng.uniform(-0.6, 0.6)
    centre = height * rng.uniform(0.2, 0.9) + bend + slope
    distance = np.abs(np.arange(height, dtype=np.float32)[:, None] - centre[None])
    half = rng.uniform(0.8, 2.8) * np.sqrt(1 + np.gradient(centre) ** 2)
    cover = np.clip(half[None] - distance + 0.5, 0, 1).astype(np.float32)
    levels += cover * np.float32(rng.choice((-1, 1)) * rng.uniform(10, 45))


def _add_houses(
    rng: np.random.Generator, levels: np.ndarray, top: int, structures: np.ndarray
) -> None:
    """Scatter a few houses, larger than any target: warm or cold boxes with a lit side."""
    height, width = levels.shape
    for _ in range(rng.integers(1, 6)):
        box_h, box_w = rng.integers(5, 18), rng.integers(9, 36)
        y = int(rng.integers(top, max(height - box_h, top + 1)))
        x = int(rng.integers(0, max(width - box_w, 1)))
        box = levels[y : y + box_h, x : x + box_w]
        structures[y : y + box_h, x : x + box_w] = True
        warmth = rng.choice((-1, 1), p=(0.35, 0.65)) * rng.uniform(10, 60)
        box += np.float32(warmth) - 0.7 * (box - box.mean())
        box[: max(1, box_h // 4)] += np.float32(rng.uniform(-20, 25))


def ground_background(rng: np.random.Generator, shape: tuple[int, int]) -> Background:
    """Paint country seen from above or under a low sky.

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (tuple[int, int]): Height and width in pixels.

    Returns:
        Background: The scene, without sea.
    """
    height, width = shape
    flat = rng.uniform(1.2, 4.0)
    levels = np.full(shape, rng.uniform(45, 130), np.float32)
    levels += np.float32(rng.uniform(15, 55)) * (_patches(rng, shape, flat) - np.float32(0.5))
    texture = spectral_field(rng, shape, rng.uniform(1.6, 2.3), (1, rng.uniform(1, flat)), 40)
    growth = spectral_field(rng, shape, 3.0, (1, flat), longest=max(shape) / 3)
    # Vegetation is rough, bare soil smooth: the texture's strength varies from place to place.
    roughness = np.clip(0.55 + 0.5 * growth, 0.12, 1.6)
    levels += np.float32(rng.uniform(4, 13)) * roughness * texture
    levels += np.float32(rng.uniform(2, 10)) * growth
    for _ in range(rng.integers(0, 3)):
        _add_road(rng, levels)

    structures = np.zeros(shape, bool)
    top = 0
    if rng.random() < 0.5:
        top = int(height * rng.uniform(0.15, 0.5))
        levels = _add_skyline(rng, levels, top)
    if rng.random() < 0.5:
        _add_houses(rng, levels, top, structures)
    return Background(
        np.clip(levels, 4, None), sky_bottom=top, ground_top=top, structures=structures
    )


def _add_skyline(rng: np.random.Generator, levels: np.ndarray, top: int) -> np.ndarray:
    """Put hills, one behind the other, and a sky above the land."""
    height, width = levels.shape
    sky = sky_gradient(rng, levels.shape, rng.uniform(0, 25))
    sky += np.float32(max(float(levels.mean()) + rng.uniform(-80, 25), 8))
    rows = np.arange(height, dtype=np.float32)[:, None]
    scene = sky
    number = rng.integers(1, 4)
    for rank in range(number):
        crest = top + height * (
            0.09 * (rank - number + 1) + rng.uniform(0.01, 0.06) * spectral_line(rng, width, 2.6)
        )
        crest += 1.2 * spectral_line(rng, width, 0.8)  # tree tops
        cover = np.clip(rows - crest[None].astype(np.float32) + 0.5, 0, 1)
        haze = np.float32(0.5 * (number - 1 - rank) / number)
        layer = levels if rank == number - 1 else levels[:, ::-1]
        layer = (1 - haze) * layer + haze * float(sky.mean()) + np.float32(rng.uniform(-8, 8))
        scene = scene + cover * (layer - scene)
    return ndimage.uniform_filter1d(scene, 2, axis=0)
