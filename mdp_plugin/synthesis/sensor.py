"""Optics and detector of the synthetic camera."""

import numpy as np
from scipy import ndimage

from .scene_settings import LEVELS, SceneSettings, SensorSettings


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


def digitise(
    rng: np.random.Generator,
    levels: np.ndarray,
    span: tuple[float, float],
    settings: SceneSettings,
) -> np.ndarray:
    """Convert radiance to stored counts and let single pixels be hot or dead.

    Args:
        rng (np.random.Generator): Source of randomness.
        levels (np.ndarray): float32 (H, W) radiance in levels.
        span (tuple[float, float]): Darkest and brightest level of the scene without targets;
            dead and hot pixels lie beyond.
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
    dtype = np.uint8 if settings.bit_depth == 8 else np.uint16
    counts = np.rint(levels * np.float32(settings.white_level / LEVELS))
    return np.clip(counts, 0, settings.white_level).astype(dtype)
