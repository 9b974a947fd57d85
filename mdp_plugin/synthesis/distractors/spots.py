"""Hot spots larger than a target, and glint on the sea."""

import numpy as np

from ..backgrounds import Background
from ..distractor_settings import DistractorSettings
from .drawing import grid, log_uniform, window_of


def draw_spot(
    rng: np.random.Generator, background: Background, settings: DistractorSettings
) -> None:
    """Draw one hot spot with a firm rim, round to square and up to three times as long as wide.

    Args:
        rng (np.random.Generator): Source of randomness.
        background (Background): The scene; its levels are changed.
        settings (DistractorSettings): Area and contrast.
    """
    levels = background.levels
    height, width = levels.shape
    area = log_uniform(rng, settings.spot_area)
    peak = log_uniform(rng, settings.spot_contrast)
    ratio, power = float(rng.uniform(1, 3)), float(rng.uniform(1.6, 6))
    # Between an ellipse (pi) and a box (4) with the power of the outline.
    half = np.sqrt(area / (ratio * (4 - 0.86 * (2 / max(power, 2)) ** 1.5)))
    angle = float(rng.uniform(0, np.pi))
    y, x = float(rng.uniform(0, height)), float(rng.uniform(0, width))
    reach = 1.5 * half * ratio + 3
    window = window_of(levels.shape, y - reach, y + reach, x - reach, x + reach)
    rows, columns = grid(window, y, x)
    u = np.abs(np.cos(angle) * columns + np.sin(angle) * rows) / (half * ratio)
    v = np.abs(np.cos(angle) * rows - np.sin(angle) * columns) / half
    outline = (u**power + v**power) ** (1 / power)
    firm = half / float(rng.uniform(0.4, 1.5))
    cover = np.clip((1 - outline) * np.float32(firm) + 0.5, 0, 1)
    warmth = 1 - np.float32(rng.uniform(0, 0.5)) * outline**2
    levels[window] += np.float32(peak) * cover * np.clip(warmth, 0.2, 1)


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
