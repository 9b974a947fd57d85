"""Optics and detector of the synthetic camera."""

import numpy as np
from scipy import ndimage

from .drawing import grow
from .scene_settings import SceneSettings, SensorSettings
from .setting_checks import LEVELS


def apply_optics(
    rng: np.random.Generator, levels: np.ndarray, settings: SensorSettings
) -> np.ndarray:
    """Blur a scene, stretch its contrast as an automatic gain does, darken its corners.

    Args:
        rng (np.random.Generator): Source of randomness.
        levels (np.ndarray): float32 (H, W) radiance in levels.
        settings (SensorSettings): Ranges of blur, gain and vignetting.

    Returns:
        np.ndarray: float32 (H, W).
    """
    height, width = levels.shape
    blurred = ndimage.gaussian_filter(
        levels, rng.uniform(*settings.blur), mode='nearest', truncate=3
    )
    dark, bright = np.quantile(blurred[::3, ::3], (0.01, 0.99))
    gain = np.exp(rng.uniform(*np.log(settings.gain)))
    gain = min(gain, rng.uniform(120, 225) / max(float(bright - dark), 1.0))
    # The middle of the scene lands anywhere the stretched span leaves room for.
    half = 0.5 * gain * float(bright - dark)
    middle = np.clip(rng.normal(112, 38), half + 5, max(LEVELS - 15 - half, half + 5))
    blurred = (blurred - np.float32(0.5 * (bright + dark))) * np.float32(gain) + np.float32(middle)
    low, high = settings.vignetting
    loss = np.float32(low + (high - low) * rng.random() ** 3)  # strong vignetting is rare
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    return blurred * (1 - loss * (0.5 * (y * y + x * x)))


def add_noise(rng: np.random.Generator, levels: np.ndarray, settings: SensorSettings) -> None:
    """Add temporal noise and the fixed pattern of rows and columns, in place.

    Args:
        rng (np.random.Generator): Source of randomness.
        levels (np.ndarray): float32 (H, W) radiance in levels; changed in place.
        settings (SensorSettings): Ranges of the noise.
    """
    height, width = levels.shape
    temporal = np.exp(rng.uniform(*np.log(settings.noise)))
    levels += np.float32(temporal) * rng.standard_normal(levels.shape, dtype=np.float32)
    rows = rng.standard_normal((height, 1), dtype=np.float32)
    levels += np.float32(rng.uniform(*settings.row_noise)) * rows
    columns = rng.standard_normal((1, width), dtype=np.float32)
    levels += np.float32(rng.uniform(*settings.column_noise)) * columns


def sharpen(rng: np.random.Generator, levels: np.ndarray, settings: SensorSettings) -> np.ndarray:
    """Enhance edges as many cameras do, which leaves halos around what is bright.

    Args:
        rng (np.random.Generator): Source of randomness.
        levels (np.ndarray): float32 (H, W) radiance in levels.
        settings (SensorSettings): Range of the strength.

    Returns:
        np.ndarray: float32 (H, W).
    """
    strength = np.float32(rng.uniform(*settings.sharpening))
    if strength == 0:
        return levels
    blurred = ndimage.gaussian_filter(levels, 1.5, mode='nearest', truncate=2.5)
    return levels + strength * (levels - blurred)


def add_defects(
    rng: np.random.Generator, levels: np.ndarray, targets: np.ndarray, settings: SensorSettings
) -> None:
    """Add blinking pixels and lines that are off, in place.

    Args:
        rng (np.random.Generator): Source of randomness.
        levels (np.ndarray): float32 (H, W) radiance in levels; changed in place.
        targets (np.ndarray): bool (H, W), their masks; no pixel blinks there or beside them.
        settings (SensorSettings): Numbers and contrasts.
    """
    height, width = levels.shape
    for _ in range(rng.integers(settings.line_defects[0], settings.line_defects[1] + 1)):
        offset = np.float32(rng.choice((-1, 1)) * rng.uniform(*settings.line_defect_contrast))
        lines = levels if rng.random() < 0.5 else levels.T
        at = int(rng.integers(0, lines.shape[0]))
        whole = rng.random() < 0.5
        start = 0 if whole else int(rng.integers(0, lines.shape[1]))
        lines[at, start:] += offset
    low, high = settings.blinking
    if high == 0:
        return
    near = grow(targets, 2)
    dark = rng.random()
    for _ in range(low + int((high - low + 1) * rng.random() ** 4)):
        number = int(rng.integers(settings.blinking_pixels[0], settings.blinking_pixels[1] + 1))
        contrast = rng.uniform(*np.sqrt(settings.blinking_contrast)) ** 2  # strong ones are rarer
        sign = -1 if rng.random() < dark else 1
        y, x = int(rng.integers(0, height - 1)), int(rng.integers(0, width - 1))
        # Out of a square of two by two, so that they touch.
        for place in rng.permutation(4)[:number]:
            row, column = y + place // 2, x + place % 2
            if not near[row, column]:
                levels[row, column] += np.float32(sign * contrast * rng.uniform(0.6, 1.0))


def digitise(
    rng: np.random.Generator,
    levels: np.ndarray,
    span: tuple[float, float],
    marks: np.ndarray | None,
    settings: SceneSettings,
) -> np.ndarray:
    """Convert radiance to stored counts and let single pixels be hot or dead.

    Args:
        rng (np.random.Generator): Source of randomness.
        levels (np.ndarray): float32 (H, W) radiance in levels.
        span (tuple[float, float]): Darkest and brightest level of the scene without targets;
            dead and hot pixels lie beyond.
        marks (np.ndarray, optional): float32 (H, W), on-screen marks in levels, NaN elsewhere.
        settings (SceneSettings): Bit depth and number of defects.

    Returns:
        np.ndarray: uint8 (H, W) in 0..255, or uint16 (H, W) in 0..16383.
    """
    height, width = levels.shape
    sensor = settings.sensor
    levels = levels.copy()
    low, high = span
    for limits, near, far in (
        (sensor.hot_pixels, high, min(high + 40, LEVELS)),
        (sensor.dead_pixels, low, max(low - 40, 0.0)),
    ):
        number = rng.integers(limits[0], limits[1] + 1)
        y, x = rng.integers(0, height, number), rng.integers(0, width, number)
        levels[y, x] = near + (far - near) * rng.random(number)
    if marks is not None:
        levels = np.where(np.isnan(marks), levels, marks)
    dtype = np.uint8 if settings.bit_depth == 8 else np.uint16
    counts = np.rint(levels * np.float32(settings.white_level / LEVELS))
    return np.clip(counts, 0, settings.white_level).astype(dtype)
