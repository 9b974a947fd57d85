"""What is counted of images, and which components are which targets; a protocol says how."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from . import functional as F


@dataclass(frozen=True, eq=False)
class Counts:
    """What is counted of one image, or of a set, summed: any process can count, any can add.

    A dataclass on purpose: mmengine makes plain tuples of the named tuples that it collects from
    other processes, but leaves objects whole.

    Attributes:
        name (str): Name of the image.
        pixels (PixelCounts): Pixels at the protocol's threshold.
        targets (TargetCounts): Targets and components at the protocol's threshold.
        sizes (SizeCounts): Targets at the protocol's threshold by their size.
        errors (ErrorCounts): Targets at the protocol's threshold by what became of them.
        pixel_curve (PixelCurve | None): Pixels at all thresholds; None without curves.
        target_curve (TargetCurve | None): Targets and components at all thresholds, likewise.
        dnanet_false_pixels (int | None): False pixels by DNANet's rule; None unless asked for.
    """

    name: str
    pixels: F.PixelCounts
    targets: F.TargetCounts
    sizes: F.SizeCounts
    errors: F.ErrorCounts
    pixel_curve: F.PixelCurve | None = None
    target_curve: F.TargetCurve | None = None
    dnanet_false_pixels: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Name and counts at the threshold, as one row of a table."""
        return {'name': self.name, **self.pixels._asdict(), **self.targets._asdict()}


def sum_counts(counts: Sequence[Counts], name: str = 'all') -> Counts:
    """Add the counts of several images.

    Args:
        counts (Sequence[Counts]): One item per image, possibly none.
        name (str): Name of the sum. Defaults to 'all'.

    Returns:
        Counts: Their sum; without curves if there is no image.
    """
    curves: list[Any] = [None, None]
    if counts and counts[0].pixel_curve is not None:
        curves = [
            type(column[0])(*np.sum(column, axis=0))
            for column in zip(*((c.pixel_curve, c.target_curve) for c in counts), strict=True)
        ]
    legacy = [c.dnanet_false_pixels for c in counts if c.dnanet_false_pixels is not None]
    return Counts(
        name,
        F.sum_pixel_counts([c.pixels for c in counts]),
        F.sum_target_counts([c.targets for c in counts]),
        F.sum_size_counts([c.sizes for c in counts]),
        F.sum_error_counts([c.errors for c in counts]),
        pixel_curve=curves[0],
        target_curve=curves[1],
        dnanet_false_pixels=sum(legacy) if legacy else None,
    )


class Matches(NamedTuple):
    """Predicted components of an image and its targets.

    Attributes:
        probability (np.ndarray): The map, (H, W) at the scored size.
        parts (Components): The predicted components.
        targets (Components): The true targets.
        pairs (list[tuple[int, int]]): Index of a component and of the target that it detects.
    """

    probability: np.ndarray
    parts: F.Components
    targets: F.Components
    pairs: list[tuple[int, int]]

    @property
    def log_odds(self) -> list[float]:
        """Mean log-odds of each component."""
        return F.component_log_odds(self.probability, self.parts)

    @property
    def is_target(self) -> list[bool]:
        """Of each component whether it detects a target."""
        matched = {part for part, _ in self.pairs}
        return [index in matched for index in range(len(self.parts.areas))]

    @property
    def is_found(self) -> list[bool]:
        """Of each target whether a component detects it."""
        found = {target for _, target in self.pairs}
        return [index in found for index in range(len(self.targets.areas))]
