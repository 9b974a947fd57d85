"""Clouds with bright, sharp edges, and the shreds around them."""

import numpy as np

from ..backgrounds import Background
from ..distractor_settings import DistractorSettings
from ..drawing import log_uniform, window_of
from ..spectral_field import spectral_field


def draw_cloud(
    rng: np.random.Generator, background: Background, settings: DistractorSettings
) -> None:
    """Draw one cloud and its fragments into the sky, in place.

    Args:
        rng (np.random.Generator): Source of randomness.
        background (Background): The scene; its levels are changed.
        settings (DistractorSettings): Length, contrast and number of fragments.
    """
    sky = background.sky
    height, width = sky.shape
    if height < 8:
        return
    length = log_uniform(rng, settings.cloud_length)
    contrast = log_uniform(rng, settings.cloud_contrast)
    y, x = float(rng.uniform(0, height)), float(rng.uniform(0, width))
    flat = float(rng.uniform(1.5, 5))
    _add_shred(rng, sky, y, x, length, flat, contrast)
    for _ in range(rng.integers(settings.cloud_fragments[0], settings.cloud_fragments[1] + 1)):
        piece = log_uniform(rng, (7, max(0.3 * length, 7)))
        _add_shred(
            rng,
            sky,
            y + float(rng.normal(0, 0.5 * length / flat + 4)),
            x + float(rng.normal(0, 0.6 * length + 4)),
            piece,
            float(rng.uniform(1, 3)),
            contrast * float(rng.uniform(0.4, 1.1)),
        )


def _add_shred(
    rng: np.random.Generator,
    sky: np.ndarray,
    y: float,
    x: float,
    length: float,
    flat: float,
    contrast: float,
) -> None:
    """One piece of cloud: an ellipse whose rim a rough field moves, sharp above, frayed below."""
    half_x, half_y = length / 2, max(length / (2 * flat), 1.0)
    window = window_of(
        sky.shape, y - 1.6 * half_y, y + 1.6 * half_y, x - 1.6 * half_x, x + 1.6 * half_x
    )
    part = sky[window]
    if not part.size:
        return
    rows = (np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None] - y) / half_y
    columns = (np.arange(window[1].start, window[1].stop, dtype=np.float32)[None] - x) / half_x
    rough = spectral_field(rng, part.shape, rng.uniform(2.6, 3.3), (1, flat**0.5), longest=length)
    form = 1 - (rows * rows + columns * columns) + np.float32(rng.uniform(0.3, 0.6)) * rough
    # Width of the rim in parts of the half height: one or two pixels above, wider below.
    rim = np.float32(rng.uniform(0.8, 3.0) / half_y) * (1 + np.float32(1.5) * np.clip(rows, 0, 1))
    cover = np.clip(form / np.maximum(rim, np.float32(0.05)), 0, 1)
    # Thick in the middle, thin at the ends; heads are lit, the foot lies in shade.
    thick = np.float32(rng.uniform(0.1, 1.0))
    depth = thick + (1 - thick) * np.clip(form, 0, 1)
    shade = 1 - np.float32(rng.uniform(0.0, 0.4)) * rows + np.float32(rng.uniform(0.1, 0.3)) * rough
    # No straight cut where the sky ends inside the picture.
    low = (sky.shape[0] - np.arange(window[0].start, window[0].stop)[:, None]) / (0.1 * length + 8)
    part += np.float32(contrast) * cover * depth * np.clip(shade, 0.2, 1.6) * np.clip(low, 0, 1)
