"""Buildings in front of the sky: walls with windows, bright edges, parts on the roof."""

import numpy as np

from ..backgrounds import Background
from ..distractor_settings import DistractorSettings
from ..spectral_field import spectral_field
from .drawing import log_uniform


def draw_building(
    rng: np.random.Generator, background: Background, settings: DistractorSettings
) -> None:
    """Draw one building, in place, and remember its roof.

    Args:
        rng (np.random.Generator): Source of randomness.
        background (Background): The scene; its levels are changed.
        settings (DistractorSettings): Width and contrasts.
    """
    levels = background.levels
    height, width = levels.shape
    wall_w = int(log_uniform(rng, settings.building_width))
    wall_h = int(wall_w * np.exp(rng.uniform(np.log(0.4), np.log(4.0))))
    foot = min(background.foot(rng), height)
    top = max(foot - max(wall_h, 8), int(height * rng.uniform(0.05, 0.4)))
    if background.sky_bottom is not None and background.ground_top is None:
        top = max(top, background.sky_bottom)
    left = int(rng.uniform(-0.3 * wall_w, width))
    right = min(left + wall_w, width)
    left = max(left, 0)
    if right - left < 6 or foot - top < 6:
        return
    around = float(levels[max(top - 3, 0) : top + 3, left:right].mean())
    sign = -1 if rng.random() < 0.25 else 1
    base = max(around + sign * log_uniform(rng, settings.building_contrast), 3.0)
    wall = _wall(rng, foot - top, right - left, base, settings.window_contrast)
    levels[top:foot, left:right] = wall
    background.roofs.append((top, left, right - 1))
    _add_roof_parts(rng, levels, top, left, right, base)


def _wall(
    rng: np.random.Generator, height: int, width: int, base: float, contrast: tuple[float, float]
) -> np.ndarray:
    """A wall of two or three faces with floors, windows, lit windows and edges, in levels."""
    faces = np.full(width, base, np.float32)
    for corner in rng.integers(0, width, rng.integers(0, 3)):
        faces[corner:] += np.float32(rng.normal(0, 0.2) * base)
        faces[corner : corner + int(rng.integers(0, 3))] += np.float32(rng.uniform(-10, 40))
    wall = np.repeat(faces[None], height, axis=0)
    wall += np.linspace(0, rng.uniform(-15, 15), height, dtype=np.float32)[:, None]
    pitch_y, pitch_x = int(rng.integers(4, 18)), int(rng.integers(4, 18))
    rows, columns = np.arange(height), np.arange(width)
    row_part = rows % pitch_y < max(1, round(pitch_y * rng.uniform(0.25, 0.7)))
    column_part = columns % pitch_x < max(1, round(pitch_x * rng.uniform(0.2, 0.75)))
    above = int(rng.integers(1, 7))  # the storey below the roof has no windows
    row_part &= rows > above
    number = height // pitch_y + 1, width // pitch_x + 1
    strength = log_uniform(rng, contrast)
    glow = strength * (rng.choice((-1, 1)) + rng.uniform(0, 0.7) * rng.standard_normal(number))
    # A few windows are open, lit or mirror the sun: compact bright spots.
    glow += (rng.random(number) < rng.choice((0.0, 0.01, 0.06))) * rng.uniform(30, 160, number)
    glow *= rng.random(number[1])[None] < rng.uniform(0.6, 1.2)  # shafts without windows
    glow = glow.astype(np.float32)[rows // pitch_y][:, columns // pitch_x]
    wall += (row_part[:, None] & column_part[None]) * glow
    if rng.random() < 0.5:  # warm edges of the floors, balconies
        floors = (rows % pitch_y == pitch_y - 1) & (rows > above)
        wall[floors] += np.float32(rng.uniform(0.3, 0.9) * strength)
    if rng.random() < 0.5:
        wall[:, :: int(rng.integers(8, 40))] += np.float32(rng.normal(0, 0.5) * strength)
    wall[: int(rng.integers(1, 4))] += np.float32(rng.uniform(-20, 60))
    stain = spectral_field(rng, (height, width), 2.4, (2, 1), longest=60)
    wall += np.float32(rng.uniform(0.5, 4)) * stain
    return wall


def _add_roof_parts(
    rng: np.random.Generator, levels: np.ndarray, top: int, left: int, right: int, base: float
) -> None:
    """Put lift houses, tanks, vents and thin aerials on a roof, in place."""
    for _ in range(rng.integers(0, 6)):
        part_w = int(rng.integers(2, max(3, (right - left) // 3) + 1))
        part_h = int(rng.integers(2, 3 + min(part_w, 14)))
        x = int(rng.integers(left, max(right - part_w, left) + 1))
        part = levels[max(top - part_h, 0) : top, x : x + part_w]
        part[:] = base + np.float32(rng.normal(0, 15))
        part[:1] += np.float32(rng.uniform(0, 70))
        part[:, :1] += np.float32(rng.uniform(-10, 30))
    for _ in range(rng.integers(0, 3)):
        x = int(rng.integers(left, right))
        aerial = levels[max(top - int(rng.integers(5, 30)), 0) : top, x : x + 1]
        aerial += np.float32(rng.uniform(0.3, 1.0)) * (np.float32(base) - aerial)
