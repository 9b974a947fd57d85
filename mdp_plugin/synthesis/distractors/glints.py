"""Glint on the sea."""

import numpy as np

from ..backgrounds import Background
from ..distractor_settings import DistractorSettings
from ..drawing import log_uniform


def draw_glint(
    rng: np.random.Generator, background: Background, settings: DistractorSettings
) -> None:
    """Draw one patch of small, level sparkles on the sea, in place.

    Args:
        rng (np.random.Generator): Source of randomness.
        background (Background): The scene; its levels are changed.
        settings (DistractorSettings): Number and contrast of the sparkles.
    """
    top = background.sea_top or 0
    levels = background.levels
    height, width = levels.shape
    number = int(rng.integers(settings.glint_sparkles[0], settings.glint_sparkles[1] + 1))
    centre_y, centre_x = rng.uniform(top, height), rng.uniform(0, width)
    spread_y = rng.uniform(0.04, 0.2) * (height - top) + 3
    spread_x = rng.uniform(0.05, 0.25) * width
    y = np.rint(rng.normal(centre_y, spread_y, number)).astype(int)
    x = np.rint(rng.normal(centre_x, spread_x, number)).astype(int)
    strongest = log_uniform(rng, settings.glint_contrast)
    strength = strongest * np.minimum(rng.exponential(0.35, number), 1.0)
    # Waves look larger near the viewer: sparkles grow from 1 to 5 pixels.
    longest = 2 + 3 * np.clip((y - top) / max(height - top, 1), 0, 1)
    length = np.ceil(rng.random(number) * longest).astype(int)
    for step in range(5):
        inside = (step < length) & (y >= top) & (y < height) & (x + step >= 0) & (x + step < width)
        np.maximum.at(
            levels,
            (y[inside], x[inside] + step),
            (levels[y[inside], x[inside] + step] + strength[inside]).astype(np.float32),
        )
