"""Lines, boxes and spots with smooth rims, each computed in its own window only."""

import numpy as np

from .backgrounds import Background

Window = tuple[slice, slice]


def window_of(
    shape: tuple[int, int], top: float, bottom: float, left: float, right: float
) -> Window:
    """Rows and columns of a box that lie inside the picture.

    Args:
        shape (tuple[int, int]): Height and width of the picture.
        top (float): First row.
        bottom (float): Last row.
        left (float): First column.
        right (float): Last column.

    Returns:
        Window: Two slices, empty where the box lies outside.
    """
    rows = slice(max(int(np.floor(top)), 0), max(min(int(np.ceil(bottom)) + 1, shape[0]), 0))
    columns = slice(max(int(np.floor(left)), 0), max(min(int(np.ceil(right)) + 1, shape[1]), 0))
    return rows, columns


def grid(window: Window, y: float, x: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows (h, 1) and columns (1, w) of a window, relative to a point, float32."""
    rows, columns = window
    return (
        np.arange(rows.start, max(rows.stop, rows.start), dtype=np.float32)[:, None]
        - np.float32(y),
        np.arange(columns.start, max(columns.stop, columns.start), dtype=np.float32)[None]
        - np.float32(x),
    )


def paint(levels: np.ndarray, window: Window, cover: np.ndarray, value: float) -> None:
    """Put a value over a window, in place, as far as it is covered.

    Args:
        levels (np.ndarray): float32 (H, W); changed in place.
        window (Window): Part of it.
        cover (np.ndarray): Share of each pixel that is covered, 0..1.
        value (float): Radiance of what covers it.
    """
    part = levels[window]
    part += cover * (np.float32(value) - part)


def draw_line(
    levels: np.ndarray,
    start: tuple[float, float],
    end: tuple[float, float],
    width: float,
    value: float,
) -> None:
    """Draw a straight line with round ends, in place.

    Args:
        levels (np.ndarray): float32 (H, W); changed in place.
        start (tuple[float, float]): Row and column.
        end (tuple[float, float]): Row and column.
        width (float): Thickness in pixels; below 1 the line is thinner than a pixel.
        value (float): Its radiance.
    """
    (y0, x0), (y1, x1) = start, end
    rim = width / 2 + 1
    window = window_of(
        levels.shape, min(y0, y1) - rim, max(y0, y1) + rim, min(x0, x1) - rim, max(x0, x1) + rim
    )
    y, x = grid(window, y0, x0)
    if not y.size or not x.size:
        return
    dy, dx = y1 - y0, x1 - x0
    along = np.clip((y * dy + x * dx) / max(dy * dy + dx * dx, 1e-6), 0, 1)
    distance = np.hypot(y - along * dy, x - along * dx)
    reach = max(width, 1.0) / 2 + 0.5
    paint(levels, window, np.clip(reach - distance, 0, 1) * min(width, 1.0), value)


def grow(mask: np.ndarray, pixels: int) -> np.ndarray:
    """Dilate a mask by a square: a fraction of the time of SciPy's on large pictures.

    Args:
        mask (np.ndarray): bool (H, W).
        pixels (int): By how much.

    Returns:
        np.ndarray: bool (H, W), a new array.
    """
    for axis in (0, 1):
        source = np.moveaxis(mask, axis, 0)
        mask = mask.copy()
        wide = np.moveaxis(mask, axis, 0)
        for step in range(1, pixels + 1):
            wide[step:] |= source[:-step]
            wide[:-step] |= source[step:]
    return mask


def add_light(background: Background, y: float, x: float, sigma: float, peak: float) -> None:
    """Add a round Gaussian light, in place, and mark its place as a structure.

    Args:
        background (Background): The scene; its levels and structures are changed.
        y (float): Row of its centre.
        x (float): Column of its centre.
        sigma (float): Standard deviation in pixels.
        peak (float): Radiance of the centre.
    """
    reach = 4 * sigma
    window = window_of(background.levels.shape, y - reach, y + reach, x - reach, x + reach)
    rows, columns = grid(window, y, x)
    background.structures[window] = True
    background.levels[window] += np.float32(peak) * np.exp(
        np.float32(-0.5 / sigma**2) * (rows * rows + columns * columns)
    )


def log_uniform(rng: np.random.Generator, limits: tuple[float, float]) -> float:
    """Draw a positive number whose logarithm is uniform between the limits'; 0 counts as 0.001."""
    return float(np.exp(rng.uniform(*np.log(np.maximum(limits, 1e-3)))))
