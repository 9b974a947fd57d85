"""What a background painter hands to the generator."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Background:
    """A scene before optics, sensor and targets.

    Attributes:
        levels (np.ndarray): float32 (H, W) radiance in display levels, nominally 0..255.
        sea_top (int, optional): First row of open sea; ships lie below it. None where the scene
            holds no sea. Defaults to None.
    """

    levels: np.ndarray
    sea_top: int | None = None
