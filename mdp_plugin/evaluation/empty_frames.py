"""A threshold for one's own camera from frames without targets: whatever is found is false."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..wording import counted
from .counts import sum_counts
from .false_alarms import CERTAINTY, FalseAlarms, frames_needed, upper_bound
from .functional import Confidence
from .operating_points import OperatingPoints, corners, lowest_that_keeps
from .protocol import DEFAULT_PROTOCOL

#: Frames with the highest probabilities that are named: a forgotten target would be among them.
HIGHEST = 5


@dataclass(frozen=True)
class EmptyCalibration:
    """What frames without targets show.

    Attributes:
        false_alarms (FalseAlarms): The rate that was asked for.
        points (OperatingPoints): The threshold that keeps it, and the curve, without Pd.
        num_false (int): False targets at this threshold.
        highest (list[tuple[float, str]]): Highest probability and name of the frames that have
            the highest ones.
    """

    false_alarms: FalseAlarms
    points: OperatingPoints
    num_false: int
    highest: list[tuple[float, str]]

    def __str__(self) -> str:
        asked, frames = self.false_alarms, self.points.frames or 0
        figures = self.points.figures_at(self.points.threshold)
        text = (
            f'threshold {self.points.threshold:.6g}: {_false_targets(self.num_false, frames)}, '
            f'{asked.words(figures[asked.figure])}'
        )
        if asked.per == 'pixel':
            return text
        bound = upper_bound(self.num_false, frames)
        return (
            f'{text}. With a certainty of {CERTAINTY:.0%} the rate is {asked.words(bound)} or '
            f'less, if these frames are independent; {asked} was asked for'
        )


def _false_targets(number: int, frames: int) -> str:
    """Their number in so many frames, in words."""
    return f'{counted(number, "false target", "false targets")} in {counted(frames, "frame")}'


def calibrate_on_empty(
    probabilities: Iterable[tuple[str, np.ndarray]],
    false_alarms: FalseAlarms | str,
    *,
    data: str = '',
    confidence: Confidence | None = None,
) -> EmptyCalibration:
    """Find the lowest threshold of which frames without targets show that it keeps a rate.

    False targets are rare and come one by one, so their number in n frames follows Poisson's law,
    whose exact upper bound must keep the rate, see
    :func:`~mdp_plugin.evaluation.false_alarms.upper_bound`. A rate of pixels is taken as measured.

    Args:
        probabilities (Iterable[tuple[str, np.ndarray]]): Name and probability (H, W) of each frame.
        false_alarms (FalseAlarms | str): The rate, such as '0.01/frame'.
        data (str): What the frames are, in words. Defaults to nothing but their number.
        confidence (Confidence, optional): What is known of the detector's confidence, of which
            frames without targets say nothing. Defaults to None.

    Returns:
        EmptyCalibration: The threshold, and what is known of it.

    Raises:
        ValueError: If there are too few frames to show the rate, which names how many are needed,
            or no threshold keeps it.
    """
    asked = FalseAlarms.parse(false_alarms)
    if asked.limit == 0:
        raise ValueError(f'no number of frames shows {asked}; ask for a rate above 0')
    counts: list[Any] = []
    highest: list[tuple[float, str]] = []
    number = 0
    for name, probability in probabilities:
        empty = np.zeros(probability.shape, bool)
        # Added up at once: the curves of an hour's frames would take a gigabyte.
        counts = [sum_counts([*counts, DEFAULT_PROTOCOL.count(probability, empty, name)])]
        highest = heapq.nlargest(HIGHEST, [*highest, (float(probability.max()), name)])
        number += 1
    if not number:
        raise ValueError('there is no frame')
    if asked.per != 'pixel' and upper_bound(0, number) > asked.limit:
        raise ValueError(
            f'{counted(number, "frame")} cannot show {asked}: without a single false alarm, that '
            f'would show {asked.words(upper_bound(0, number))} or fewer (with a certainty of '
            f'{CERTAINTY:.0%}). {frames_needed(asked.limit):,.0f} frames are needed'
        )
    curves = DEFAULT_PROTOCOL.curves(counts)
    curves = replace(curves, FPPI=[n / number for n in curves.num_false])
    rates = curves.Fa
    if asked.per != 'pixel':
        rates = [upper_bound(n, number) for n in curves.num_false]
    threshold = lowest_that_keeps(curves.threshold, rates, asked.limit)
    if threshold is None:
        names = ', '.join(f'"{name}" ({peak:.6g})' for peak, name in highest)
        raise ValueError(
            f'no threshold keeps {asked}: above {curves.threshold[-1]:.6g} there still are '
            f'{_false_targets(curves.num_false[-1], number)}. The highest probabilities are in '
            f'{names}; do these hold targets?'
        )
    title = counted(number, 'frame without targets')
    points = OperatingPoints(
        threshold, f'{title} ({data})' if data else title, corners(curves.to_dict()), confidence,
        number,
    )  # fmt: skip
    return EmptyCalibration(
        asked, points, curves.num_false[curves.threshold.index(threshold)], highest
    )
