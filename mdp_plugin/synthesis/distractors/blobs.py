"""Warm blobs and thin lines."""

import numpy as np

from ..distractor_settings import DistractorSettings
from ..spectral_field import spectral_field


def add_blob(rng: np.random.Generator, levels: np.ndarray, settings: DistractorSettings) -> None:
    """A warm spot with a flat top, larger than any target: vent, rock, lamp halo, small cloud."""
    height, width = levels.shape
    sigma = rng.uniform(*settings.blob_sigma)
    ratio = rng.uniform(1.0, 2.2)
    angle = rng.uniform(0, np.pi)
    centre_y, centre_x = rng.uniform(0, height), rng.uniform(0, width)
    reach = 5 * sigma * ratio
    top, left = max(int(centre_y - reach), 0), max(int(centre_x - reach), 0)
    part = levels[top : int(centre_y + reach) + 1, left : int(centre_x + reach) + 1]
    y = np.arange(top, top + part.shape[0], dtype=np.float32)[:, None] - np.float32(centre_y)
    x = np.arange(left, left + part.shape[1], dtype=np.float32)[None, :] - np.float32(centre_x)
    u = (np.cos(angle) * x + np.sin(angle) * y) / (sigma * ratio)
    v = (np.cos(angle) * y - np.sin(angle) * x) / sigma
    # A rough outline: a perfect ellipse looks like a reflection inside the lens.
    outline = np.clip(spectral_field(rng, part.shape, 4.0, longest=4 * sigma), -2, 2)
    distance = 0.5 * (u * u + v * v) * np.exp(np.float32(0.5) * outline)
    spot = np.exp(-(distance ** np.float32(rng.uniform(0.7, 1.5))))
    part += (rng.uniform(*settings.blob_contrast) * spot).astype(np.float32)


def add_line(rng: np.random.Generator, levels: np.ndarray, settings: DistractorSettings) -> None:
    """A thin, mostly level line with ends that fade: wire, wake, contrail, glint."""
    height, width = levels.shape
    half = rng.uniform(*settings.line_length) / 2
    thickness = rng.uniform(0.5, 1.1)
    angle = rng.normal(0, 0.35)
    peak = rng.uniform(*settings.line_contrast)
    centre_y, centre_x = rng.uniform(0, height), rng.uniform(0, width)
    reach_y = 1.5 * half * abs(np.sin(angle)) + 5 * thickness
    top, left = max(int(centre_y - reach_y), 0), max(int(centre_x - 1.5 * half), 0)
    part = levels[top : int(centre_y + reach_y) + 1, left : int(centre_x + 1.5 * half) + 1]
    y = np.arange(top, top + part.shape[0], dtype=np.float32)[:, None] - np.float32(centre_y)
    x = np.arange(left, left + part.shape[1], dtype=np.float32)[None, :] - np.float32(centre_x)
    along = (np.cos(angle) * x + np.sin(angle) * y) / half
    across = (np.cos(angle) * y - np.sin(angle) * x) / thickness
    part += (peak * np.exp(-0.5 * across**2 - (along * along) ** 2)).astype(np.float32)
