"""Predictions made of real truths, for tests that need many plausible ones without a network."""

from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter


def read_split(root: Path, split: str) -> list[str]:
    """Names of a split file, which may end its lines with CR LF."""
    return (root / split).read_text().split()


def read_mask(path: Path) -> np.ndarray:
    """A mask of the data sets as (H, W) bool."""
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert mask is not None, path
    return mask > 0


def pseudo_prediction(truth: np.ndarray, seed: int) -> np.ndarray:
    """Probability map of a detector that is good but not perfect, deterministic by seed.

    Targets are shifted by up to a pixel and blurred, some are missed; the background lies around
    1e-4 with noise of pixel size, and some images have a false target.

    Args:
        truth: (H, W) bool.
        seed: Number of the image.

    Returns:
        (H, W) float32 in 0..1.
    """
    rng = np.random.default_rng(seed)
    shifted = np.roll(truth, rng.integers(-1, 2, 2), (0, 1)).astype(np.float32)
    logit = -9 + rng.uniform(14, 22) * gaussian_filter(shifted, rng.uniform(0.4, 0.9))
    if rng.random() < 0.1:
        logit[shifted > 0] -= 12
    if rng.random() < 0.2:
        row, col = (int(rng.integers(3, side - 3)) for side in truth.shape)
        logit[row - 1 : row + 2, col - 1 : col + 2] += rng.uniform(6, 14)
    noise = gaussian_filter(rng.normal(size=truth.shape).astype(np.float32), 1)
    return (1 / (1 + np.exp(-(logit + 4 * noise)))).astype(np.float32)
