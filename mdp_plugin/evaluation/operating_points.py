"""Thresholds of a detector and what they cost, measured on images that it was not tested on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .functional import Confidence

#: Suffix of the file beside weights that holds their operating points.
SUFFIX = '.operating_points.json'


@dataclass(frozen=True)
class OperatingPoints:
    """A threshold, the curve that it was taken from, and calibrated confidence.

    Attributes:
        threshold (float): Probability above which a pixel belongs to a target.
        data (str): What the rest was measured on.
        curve (dict[str, list[float]]): ``threshold`` (ascending), and ``Pd`` and ``Fa`` (false
            pixels over all pixels) of each one.
        confidence (Confidence): Confidence in a component by its mean log-odds.
    """

    threshold: float
    data: str
    curve: dict[str, list[float]]
    confidence: Confidence

    def threshold_for(self, budget: float) -> float:
        """Find the lowest threshold from which on none exceeds a false-alarm rate.

        Args:
            budget (float): False pixels over all pixels.

        Returns:
            float: The threshold.

        Raises:
            ValueError: If even the highest threshold exceeds it.
        """
        kept = 0
        for rate in reversed(self.curve['Fa']):
            if rate > budget:
                break
            kept += 1
        if not kept:
            raise ValueError(
                f'no threshold keeps a false-alarm rate of {budget:g}; the highest one has '
                f'{self.curve["Fa"][-1]:.3g}'
            )
        return self.curve['threshold'][-kept]

    def figures_at(self, threshold: float) -> tuple[float, float]:
        """Pd and Fa at the highest threshold of the curve that does not exceed the given one."""
        below = [i for i, value in enumerate(self.curve['threshold']) if value <= threshold]
        index = below[-1] if below else 0
        return self.curve['Pd'][index], self.curve['Fa'][index]

    def to_dict(self) -> dict[str, Any]:
        """The content as plain values, for JSON."""
        return {**asdict(self), 'confidence': self.confidence._asdict()}

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
            points = cls(**{**values, 'confidence': Confidence(**values['confidence'])})
            points._check()
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f'"{name}" holds no operating points; `mdpnet evaluate --calibrate` writes them'
            ) from error
        return points

    def _check(self) -> None:
        """Refuse values that mean nothing; whatever is raised is told as one sentence."""
        columns = [self.curve[key] for key in ('threshold', 'Pd', 'Fa')]
        numbers = [self.threshold, *self.confidence, *(v for column in columns for v in column)]
        if not all(type(v) in (int, float) and abs(v) < 1e9 for v in numbers):  # nor NaN
            raise TypeError('all must be numbers')
        if len({len(column) for column in columns}) != 1 or not columns[0]:
            raise ValueError('the columns of the curve must be of one length')
        if columns[0] != sorted(columns[0]) or not 0 < self.threshold < 1:
            raise ValueError('thresholds must ascend and lie between 0 and 1')
        if not all(0 <= v <= 1 for column in columns for v in column):
            raise ValueError('rates and thresholds must lie between 0 and 1')
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
        """Write a JSON file; folders are made."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps(self.to_dict(), indent=1) + '\n', encoding='utf-8')


def corners(curve: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Keep the lowest threshold of each run with the same figures.

    Args:
        curve (dict[str, Sequence[float]]): See
            :class:`~mdp_plugin.evaluation.figures.Curves`.

    Returns:
        dict[str, list[float]]: ``threshold``, ``Pd`` and ``Fa``.
    """
    keys = ('threshold', 'Pd', 'Fa')
    rows = list(zip(*(curve[key] for key in keys), strict=True))
    kept = [row for index, row in enumerate(rows) if not index or row[1:] != rows[index - 1][1:]]
    return {key: [row[place] for row in kept] for place, key in enumerate(keys)}
