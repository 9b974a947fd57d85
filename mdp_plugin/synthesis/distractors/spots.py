"""Hot things larger than a target."""

import numpy as np

from ..backgrounds import Background
from ..distractor_settings import DistractorSettings
from ..drawing import grid, log_uniform, window_of


def draw_spot(
    rng: np.random.Generator, background: Background, settings: DistractorSettings
) -> None:
    """Draw one hot thing larger than a target below the sky: vehicle, roof vent, rock, fire.

    It is made of one to four parts with a firm rim, each between an ellipse and a box.

    Args:
        rng (np.random.Generator): Source of randomness.
        background (Background): The scene; its levels and structures are changed.
        settings (DistractorSettings): Area and contrast.
    """
    height, width = background.levels.shape
    area = log_uniform(rng, settings.spot_area)
    peak = log_uniform(rng, settings.spot_contrast)
    if background.ground_top is None and background.sea_top is None:
        # Nothing floats in the sky: on a building or in a tree.
        places = np.argwhere(background.structures[::4, ::4]) * 4
        if not len(places):
            return
        y, x = map(float, places[int(rng.integers(len(places)))])
    else:
        y, x = float(rng.uniform(background.sky_bottom or 0, height)), float(rng.uniform(0, width))
    ratio = float(rng.uniform(1, 3))
    half = np.sqrt(area / (3.5 * ratio))
    angle = float(rng.normal(0, 0.3))
    _add_part(rng, background, y, x, half, ratio, angle, peak)
    for _ in range(rng.integers(0, 4)):
        _add_part(
            rng,
            background,
            y + half * float(rng.uniform(-0.9, 0.9)),
            x + half * ratio * float(rng.uniform(-0.9, 0.9)),
            half * float(rng.uniform(0.2, 0.6)),
            float(rng.uniform(1, 2.5)),
            angle,
            peak * float(rng.uniform(-0.5, 0.8)),
        )


def _add_part(
    rng: np.random.Generator,
    background: Background,
    y: float,
    x: float,
    half: float,
    ratio: float,
    angle: float,
    peak: float,
) -> None:
    """Add one part: half its height, width by height, direction and radiance of its middle."""
    reach = 1.5 * half * ratio + 3
    window = window_of(background.levels.shape, y - reach, y + reach, x - reach, x + reach)
    rows, columns = grid(window, y, x)
    power = float(rng.uniform(1.8, 5))
    u = np.abs(np.cos(angle) * columns + np.sin(angle) * rows) / (half * ratio)
    v = np.abs(np.cos(angle) * rows - np.sin(angle) * columns) / half
    outline = (u**power + v**power) ** (1 / power)
    firm = half / float(rng.uniform(0.4, 1.5))
    cover = np.clip((1 - outline) * np.float32(firm) + 0.5, 0, 1)
    warmth = 1 - np.float32(rng.uniform(0, 0.8)) * outline
    background.levels[window] += np.float32(peak) * cover * np.clip(warmth, 0.1, 1)
    background.structures[window] |= cover > 0.3
