"""Buildings in front of the sky: walls with windows, bright edges, parts on the roof."""

import numpy as np

from ..backgrounds import Background
from ..distractor_settings import DistractorSettings
from ..drawing import log_uniform
from ..spectral_field import spectral_field


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
    # Seen from the side, roof and storeys slope; a house may have a gable.
    slope = float(rng.normal(0, 0.25)) if rng.random() < 0.3 else 0.0
    columns = np.arange(right - left, dtype=np.float32)
    storeys = np.float32(slope) * columns - min(0.0, slope * (right - left))
    gable = float(rng.uniform(0.2, 0.6)) * wall_w if rng.random() < 0.3 and wall_w < 90 else 0.0
    gable = min(gable, top - 1.0)
    attic = np.float32(gable) * (1 - np.abs(2 * columns / max(right - left, 1) - 1))
    first = top - int(gable)
    depth = np.arange(first - top, foot - top, dtype=np.float32)[:, None] - storeys[None]
    wall = _wall(rng, depth, base, settings.window_contrast)
    cover = np.clip(depth + attic[None] + 0.5, 0, 1)
    part = levels[first:foot, left:right]
    part += cover * (wall - part)
    background.structures[first:foot, left:right] |= cover > 0.5
    if not slope and not gable:
        background.roofs.append((top, left, right - 1))
        _add_roof_parts(rng, background, top, left, right, base)


def _wall(
    rng: np.random.Generator, depth: np.ndarray, base: float, contrast: tuple[float, float]
) -> np.ndarray:
    """A wall of one to three faces with storeys, windows, lit windows and edges.

    Args:
        rng (np.random.Generator): Source of randomness.
        depth (np.ndarray): float32 (H, W), rows below the roof; negative under a gable.
        base (float): Level of the wall.
        contrast (tuple[float, float]): Range of the contrast of its windows.

    Returns:
        np.ndarray: float32 (H, W) in levels.
    """
    height, width = depth.shape
    faces = np.full(width, base, np.float32)
    for corner in rng.integers(0, width, rng.integers(0, 3)):
        faces[corner:] += np.float32(rng.normal(0, 0.2) * base)
        faces[corner : corner + int(rng.integers(0, 3))] += np.float32(rng.uniform(-10, 40))
    wall = faces[None] + np.float32(rng.uniform(-15, 15) / height) * depth
    pitch_y, pitch_x = (int(np.exp(rng.uniform(np.log(4), np.log(34)))) for _ in range(2))
    columns = np.arange(width)
    in_storey, in_bay = depth % pitch_y, columns % pitch_x
    window_h = max(1, round(pitch_y * rng.uniform(0.25, 0.7)))
    window_w = max(1, round(pitch_x * rng.uniform(0.2, 0.75)))
    storey = np.clip(depth // pitch_y, 0, None).astype(int)
    # The strip below the roof has no windows.
    glass = (in_storey < window_h) & (in_bay < window_w)[None] & (depth > rng.integers(1, 7))
    number = int(storey.max()) + 1, width // pitch_x + 1
    strength = log_uniform(rng, contrast)
    glow = strength * (rng.choice((-1, 1)) + rng.uniform(0, 0.7) * rng.standard_normal(number))
    # A few windows are open, lit or mirror the sun: compact bright spots.
    glow += (rng.random(number) < rng.choice((0.0, 0.01, 0.06))) * rng.uniform(30, 160, number)
    glow *= rng.random(number[1])[None] < rng.uniform(0.6, 1.2)  # shafts without windows
    wall += glass * glow.astype(np.float32)[storey, columns[None] // pitch_x]
    if window_h > 4 and window_w > 4 and rng.random() < 0.6:  # frames and a bar in the middle
        bars = (in_storey < 1) | (np.abs(in_storey - window_h + 0.5) < 0.6)
        bars = bars | np.isin(in_bay, (0, window_w // 2, window_w - 1))[None]
        wall += (glass & bars) * np.float32(rng.uniform(-0.5, 1.2) * strength)
    if rng.random() < 0.5:  # warm edges of the floors, balconies
        floors = (in_storey >= pitch_y - 1) & (depth > 0)
        wall += floors * np.float32(rng.uniform(0.3, 0.9) * strength)
    if rng.random() < 0.5:
        wall[:, :: int(rng.integers(8, 40))] += np.float32(rng.normal(0, 0.5) * strength)
    wall += (depth < rng.integers(1, 4)) * np.float32(rng.uniform(-20, 60))
    stain = spectral_field(rng, (height, width), 2.4, (2, 1), longest=60)
    wall += np.float32(rng.uniform(0.5, 4)) * stain
    return wall


def _add_roof_parts(
    rng: np.random.Generator, background: Background, top: int, left: int, right: int, base: float
) -> None:
    """Put lift houses, tanks, vents and thin aerials on a roof, in place."""
    levels = background.levels
    for _ in range(rng.integers(0, 6)):
        part_w = int(rng.integers(2, max(3, (right - left) // 3) + 1))
        part_h = int(rng.integers(2, 3 + min(part_w, 14)))
        x = int(rng.integers(left, max(right - part_w, left) + 1))
        window = slice(max(top - part_h, 0), top), slice(x, x + part_w)
        background.structures[window] = True
        part = levels[window]
        part[:] = base + np.float32(rng.normal(0, 15))
        part[:1] += np.float32(rng.uniform(0, 70))
        part[:, :1] += np.float32(rng.uniform(-10, 30))
    for _ in range(rng.integers(0, 3)):
        x = int(rng.integers(left, right))
        aerial = levels[max(top - int(rng.integers(5, 30)), 0) : top, x : x + 1]
        aerial += np.float32(rng.uniform(0.3, 1.0)) * (np.float32(base) - aerial)
