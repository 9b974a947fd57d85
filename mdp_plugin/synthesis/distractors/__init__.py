"""Painters of what is bright and no target, by the setting that counts it."""

from collections.abc import Callable

import numpy as np

from ..backgrounds import Background
from ..distractor_settings import DistractorSettings
from .blobs import add_blob, add_line
from .buildings import draw_building
from .clouds import draw_cloud
from .glints import draw_glint
from .masts import draw_chimney, draw_lamp, draw_pylon
from .spots import draw_spot
from .trees import draw_trees

Painter = Callable[[np.random.Generator, Background, DistractorSettings], None]

# From far to near: what comes later hides what is there.
PAINTERS: dict[str, Painter] = {
    'clouds': draw_cloud,
    'glints': draw_glint,
    'pylons': draw_pylon,
    'buildings': draw_building,
    'chimneys': draw_chimney,
    'trees': draw_trees,
    'spots': draw_spot,
    'lamps': draw_lamp,
}
ON_LAND = frozenset({'pylons', 'buildings', 'chimneys', 'trees', 'lamps'})
ON_SEA = frozenset({'glints'})


def add_distractors(
    rng: np.random.Generator, levels: np.ndarray, settings: DistractorSettings
) -> None:
    """Add warm blobs and thin lines to a scene, in place, before the optics blur it.

    Args:
        rng (np.random.Generator): Source of randomness.
        levels (np.ndarray): float32 (H, W) radiance in levels; changed in place.
        settings (DistractorSettings): Numbers and sizes.
    """
    for _ in range(rng.integers(settings.blobs[0], settings.blobs[1] + 1)):
        add_blob(rng, levels, settings)
    for _ in range(rng.integers(settings.lines[0], settings.lines[1] + 1)):
        add_line(rng, levels, settings)


def add_structures(
    seeds: np.random.SeedSequence, background: Background, settings: DistractorSettings
) -> None:
    """Add clouds, spots, and what stands on land or glitters on the sea, in place.

    Each kind draws from a random stream of its own, so that one leaves the others as they are.

    Args:
        seeds (np.random.SeedSequence): Source of the streams.
        background (Background): The scene; its levels are changed.
        settings (DistractorSettings): Numbers and sizes.
    """
    absent = ON_SEA if background.sea_top is None else ON_LAND
    for stream, (name, draw) in zip(seeds.spawn(len(PAINTERS)), PAINTERS.items(), strict=True):
        if name in absent:
            continue
        rng = np.random.default_rng(stream)
        low, high = getattr(settings, name)
        for _ in range(rng.integers(low, high + 1)):
            draw(rng, background, settings)
