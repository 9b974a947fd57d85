"""Thresholds of a detector and what they cost, measured on images that it was not tested on."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..whole_files import write_whole
from ..wording import counted
from .false_alarms import CERTAINTY, FalseAlarms, frames_needed, upper_bound
from .functional import Confidence

#: Suffix of the file beside weights that holds their operating points.
SUFFIX = '.operating_points.json'
#: Columns of a curve; the last two may be missing.
COLUMNS = ('threshold', 'Fa', 'FPPI', 'Pd')


class FalseAlarmWarning(UserWarning):
    """Too few frames were measured to show the rate of false alarms that was asked for."""


@dataclass(frozen=True)
class OperatingPoints:
    """A threshold, the curve that it was taken from, and calibrated confidence.

    Attributes:
        threshold (float): Probability above which a pixel belongs to a target.
        data (str): What the rest was measured on.
        curve (dict[str, list[float]]): ``threshold`` (ascending), and of each one ``Fa`` (false
            pixels over all pixels), ``FPPI`` (false targets a frame; files of earlier versions
            have none) and ``Pd`` (missing where frames without targets were measured).
        confidence (Confidence | None): Confidence in a component by its mean log-odds; None where
            it is not known.
        frames (int | None): Frames that were measured; None in files of earlier versions.
    """

    threshold: float
    data: str
    curve: dict[str, list[float]]
    confidence: Confidence | None
    frames: int | None = None

    def threshold_for(self, false_alarms: FalseAlarms | str) -> float:
        """Find the lowest threshold from which on none exceeds a rate of false alarms.

        Args:
            false_alarms (FalseAlarms | str): The rate, such as '0.01/frame' or '1e-6/pixel'.

        Returns:
            float: The threshold that kept it on the frames that were measured.

        Raises:
            ValueError: If it is no rate, even the highest threshold exceeds it, or the points know
                no false targets a frame.
        """
        asked = FalseAlarms.parse(false_alarms)
        if asked.figure not in self.curve:
            raise ValueError(
                f'the operating points measured on {self.data} are of an earlier version and know '
                f'no false targets a frame, so {asked} cannot be found: measure them anew '
                '(`mdpnet evaluate --calibrate`, `mdpnet calibrate`), or ask for a rate a pixel'
            )
        rates = self.curve[asked.figure]
        threshold = lowest_that_keeps(self.curve['threshold'], rates, asked.limit)
        if threshold is None:
            raise ValueError(
                f'no threshold keeps {asked} on {self.data}; the highest one has '
                f'{asked.words(rates[-1])}'
            )
        return threshold

    def doubt(self, false_alarms: FalseAlarms | str, threshold: float) -> str | None:
        """Say where the frames that were measured are too few to show a rate.

        Args:
            false_alarms (FalseAlarms | str): The rate.
            threshold (float): The threshold that was chosen for it.

        Returns:
            str | None: A sentence with what they show; None if they are enough. The rate of
            pixels is the field's plain ratio, of which nothing is said.
        """
        asked = FalseAlarms.parse(false_alarms)
        if asked.per == 'pixel' or self.frames is None:
            return None
        count = round(self.figures_at(threshold)['FPPI'] * self.frames)
        bound = upper_bound(count, self.frames)
        if bound <= asked.limit:
            return None
        number = counted(count, 'false target', 'false targets')
        return (
            f'{asked} was kept on {self.data}: {number} in {counted(self.frames, "frame")}, '
            f'which shows {asked.words(bound)} or fewer with a certainty of {CERTAINTY:.0%}. '
            f'`mdpnet calibrate` goes by this bound; it needs {frames_needed(asked.limit):,.0f} '
            'frames without targets or more'
        )

    def figures_at(self, threshold: float) -> dict[str, float]:
        """The columns at the highest threshold of the curve that does not exceed the given one."""
        below = [i for i, value in enumerate(self.curve['threshold']) if value <= threshold]
        index = below[-1] if below else 0
        return {key: column[index] for key, column in self.curve.items() if key != 'threshold'}

    def outcome(self, threshold: float) -> str:
        """What a threshold did where they were measured, in words, as far as it is known."""
        figures = self.figures_at(threshold)
        texts = {
            'Pd': f'Pd {100 * figures.get("Pd", 0):.2f} %',
            'FPPI': f'{figures.get("FPPI", 0):.3g} false targets a frame',
            'Fa': f'Fa {1e6 * figures["Fa"]:.2f}e-6',
        }
        return ', '.join(text for key, text in texts.items() if key in figures)

    def to_dict(self) -> dict[str, Any]:
        """The content as plain values, for JSON."""
        return {**asdict(self), 'confidence': self.confidence and self.confidence._asdict()}

    @classmethod
    def from_dict(cls, values: dict[str, Any], name: str) -> 'OperatingPoints':
        """Make them from plain values.

        Args:
            values (dict): See :meth:`to_dict`.
            name (str): Where they come from, for the error message.

        Returns:
            OperatingPoints: The same.

        Raises:
            ValueError: If they are something else.
        """
        try:
            confidence = values['confidence']
            confidence = None if confidence is None else Confidence(**confidence)
            points = cls(**{**values, 'confidence': confidence})
            points._check()
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f'"{name}" holds no operating points; `mdpnet evaluate --calibrate` writes them'
            ) from error
        return points

    def _check(self) -> None:
        """Refuse values that mean nothing; whatever is raised is told as one sentence."""
        thresholds = self.curve['threshold']
        columns = [self.curve['Fa'], *self.curve.values()]
        if not set(self.curve) <= set(COLUMNS):
            raise ValueError('the curve has a column that is unknown')
        numbers = [self.threshold, *(self.confidence or ()), *(v for c in columns for v in c)]
        if not all(type(v) in (int, float) and abs(v) < 1e9 for v in numbers):  # nor NaN
            raise TypeError('all must be numbers')
        if len({len(column) for column in columns}) != 1 or not thresholds:
            raise ValueError('the columns of the curve must be of one length')
        if thresholds != sorted(thresholds) or not 0 < self.threshold < 1:
            raise ValueError('thresholds must ascend and lie between 0 and 1')
        for key, column in self.curve.items():
            if not all(0 <= v <= (1e9 if key == 'FPPI' else 1) for v in column):
                raise ValueError('rates and thresholds must lie between 0 and 1')
        if self.frames is not None and not (type(self.frames) is int and 0 < self.frames < 1e9):
            raise ValueError('the number of frames must lie between 1 and 1e9')
        if not isinstance(self.data, str):
            raise TypeError('data must be a text')

    @classmethod
    def load(cls, path: str | Path) -> 'OperatingPoints':
        """Read a file of :meth:`save`.

        Args:
            path (str | Path): The file.

        Returns:
            OperatingPoints: Its content.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it holds something else.
        """
        try:
            values = json.loads(Path(path).read_text(encoding='utf-8'))
        except (ValueError, RecursionError):
            values = {}
        return cls.from_dict(values, str(path))

    @classmethod
    def beside(cls, weights: str | Path) -> 'OperatingPoints | None':
        """Read those of weights; None if none stand beside them."""
        path = Path(weights).with_suffix(SUFFIX)
        return cls.load(path) if path.is_file() else None

    def save(self, path: str | Path) -> None:
        """Write a JSON file that is whole or not there; folders are made."""
        write_whole(Path(path), f'{json.dumps(self.to_dict(), indent=1)}\n'.encode())


def lowest_that_keeps(
    thresholds: Sequence[float], rates: Sequence[float], limit: float
) -> float | None:
    """Find the lowest of ascending thresholds from which on no rate exceeds a limit, if any."""
    kept = None
    for threshold, rate in zip(reversed(thresholds), reversed(rates), strict=True):
        if rate > limit:
            break
        kept = threshold
    return kept


def corners(curve: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Keep the lowest threshold of each run with the same figures.

    Args:
        curve (dict[str, Sequence[float]]): See
            :class:`~mdp_plugin.evaluation.figures.Curves`.

    Returns:
        dict[str, list[float]]: Those of :data:`COLUMNS` that mean something: without targets
        there is no Pd.
    """
    keys = [key for key in COLUMNS if not any(map(math.isnan, curve[key]))]
    rows = list(zip(*(curve[key] for key in keys), strict=True))
    kept = [row for index, row in enumerate(rows) if not index or row[1:] != rows[index - 1][1:]]
    return {key: [row[place] for row in kept] for place, key in enumerate(keys)}
