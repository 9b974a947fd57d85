"""Rows of trees: crowns of leaves with gaps, and bare branches."""

import numpy as np

from ..backgrounds import Background
from ..distractor_settings import DistractorSettings
from ..drawing import draw_line, log_uniform
from ..spectral_field import spectral_field, spectral_line


def draw_trees(
    rng: np.random.Generator, background: Background, settings: DistractorSettings
) -> None:
    """Draw one row of trees, in place, with a bare tree before it now and then.

    Args:
        rng (np.random.Generator): Source of randomness.
        background (Background): The scene; its levels are changed.
        settings (DistractorSettings): Height and contrast.
    """
    levels = background.levels
    height, width = levels.shape
    tall = min(log_uniform(rng, settings.tree_height), 0.6 * height)
    contrast = log_uniform(rng, settings.tree_contrast)
    foot = min(background.foot(rng), height)
    crest = foot - tall * (0.8 + 0.35 * _crowns(rng, width, tall))
    ends = np.abs(np.arange(width) - width * rng.uniform(-0.2, 1.2)) / (
        width * rng.uniform(0.2, 1.5)
    )
    crest += np.clip(ends - 0.7, 0, None) * 3 * tall  # the row ends inside the picture
    first = max(int(crest.min() - 0.1 * tall), 0)
    if foot - first < 4:
        return
    part = levels[first:foot]
    rows = np.arange(first, foot, dtype=np.float32)[:, None]
    leaves = spectral_field(rng, part.shape, rng.uniform(0.8, 1.8), longest=max(tall / 3, 6))
    masses = spectral_field(rng, part.shape, 2.6, longest=tall)
    depth = (rows - crest[None].astype(np.float32)) / np.float32(0.08 * tall + 1.5)
    cover = np.clip(depth + leaves + 0.5, 0, 1)  # gaps through which the sky is seen
    level = max(float(part.mean()) + float(rng.normal(0, 25)), 6.0)
    crown = np.float32(level) + np.float32(contrast) * (0.7 * leaves + 0.6 * masses)
    part += cover * (crown - part)
    background.structures[first:foot] |= cover > 0.3
    if rng.random() < 0.4:
        x = float(rng.uniform(0, width))
        _grow(
            rng,
            levels,
            (foot, x),
            -np.pi / 2,
            0.5 * tall,
            max(tall / 40, 0.8),
            level + 2 * contrast,
            5,
        )


def _crowns(rng: np.random.Generator, width: int, tall: float) -> np.ndarray:
    """Height of the crowns along a row, about 0 on average: heads of several sizes.

    Folded fields have their sharp bends below, as between leafy heads, or above, as conifers.
    """
    crest = np.zeros(width)
    sign = -1 if rng.random() < 0.25 else 1
    for size, weight in ((2.5, 1.0), (1.0, 0.4), (0.4, 0.15)):
        line = spectral_line(rng, width, 3.2, longest=max(size * tall, 6))
        crest += sign * weight * (np.abs(line) - 0.8)
    return crest


def _grow(
    rng: np.random.Generator,
    levels: np.ndarray,
    start: tuple[float, float],
    angle: float,
    length: float,
    thick: float,
    value: float,
    order: int,
) -> None:
    """Draw a branch and those that grow out of it, in place."""
    end = start[0] + length * np.sin(angle), start[1] + length * np.cos(angle)
    draw_line(levels, start, end, thick, value)
    if order == 0 or length < 2:
        return
    for turn in rng.normal(0, 0.5, 2 + (rng.random() < 0.3)):
        _grow(
            rng, levels, end, angle + turn, length * float(rng.uniform(0.55, 0.8)),
            max(0.65 * thick, 0.4), value, order - 1,
        )  # fmt: skip
