"""What a background painter hands to the generator."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Background:
    """A scene before optics, sensor and targets.

    Attributes:
        levels (np.ndarray): float32 (H, W) radiance in display levels, nominally 0..255.
        sea_top (int, optional): First row of open sea; ships lie below it. None where the scene
            holds no sea. Defaults to None.
        sky_bottom (int, optional): First row below the sky. None where all rows may be sky.
            Defaults to None.
        ground_top (int, optional): First row of ground on which things may stand. None where
            they stand at the lower edge. Defaults to None.
        roofs (list[tuple[int, int, int]]): Row, first and last column of each roof drawn so far;
            lights are put there.
        structures (np.ndarray): bool (H, W), true on buildings, trees, chimneys and lights.
            Defaults to none.
    """

    levels: np.ndarray
    sea_top: int | None = None
    sky_bottom: int | None = None
    ground_top: int | None = None
    roofs: list[tuple[int, int, int]] = field(default_factory=list)
    structures: np.ndarray = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.structures is None:
            self.structures = np.zeros(self.levels.shape, bool)

    @property
    def sky(self) -> np.ndarray:
        """The rows of ``levels`` that are sky, as a view."""
        return self.levels[: self.sky_bottom]

    def foot(self, rng: np.random.Generator) -> int:
        """Draw the row on which a structure stands; below the picture for near ones."""
        height = len(self.levels)
        if self.ground_top is None:
            return height
        return int(rng.uniform(self.ground_top + 0.15 * (height - self.ground_top), 1.2 * height))
