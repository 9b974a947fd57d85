"""Rates of false alarms: how they are written, and what counted ones show of them."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from scipy.special import gammaincinv

#: How sure the upper bound of a rate is.
CERTAINTY = 0.95
#: How a rate is written, for the help of a command.
GRAMMAR = 'NUMBER/frame, NUMBER/hour (false targets) or NUMBER/pixel (false pixels)'

_RATE = re.compile(r'([^/]+)/(frame|hour|pixel)')


@dataclass(frozen=True)
class FalseAlarms:
    """A rate of false alarms that can be borne, as it was asked for.

    Attributes:
        number (float): How many.
        per (str): 'frame' or 'hour': false targets in a frame or in an hour of video; 'pixel':
            false pixels over all pixels, the field's Fa.
        frame_rate (float | None): Frames a second, for hours. Defaults to None.
    """

    number: float
    per: Literal['frame', 'hour', 'pixel']
    frame_rate: float | None = None

    def __str__(self) -> str:
        return f'{self.number:g}/{self.per}'

    @classmethod
    def parse(cls, text: 'str | FalseAlarms', frame_rate: float | None = None) -> 'FalseAlarms':
        """Read a rate such as ``0.01/frame``, ``10/hour`` or ``1e-6/pixel``.

        Args:
            text (str | FalseAlarms): The rate; one that is read already stays as it is.
            frame_rate (float, optional): Frames a second, which hours need. Defaults to None.

        Returns:
            FalseAlarms: The rate.

        Raises:
            ValueError: If it is none, or one of hours without a frame rate.
        """
        if isinstance(text, FalseAlarms):
            return text
        match = _RATE.fullmatch(str(text).strip())
        try:
            number = float(match[1]) if match else math.nan
        except ValueError:
            number = math.nan
        if match is None or not 0 <= number < math.inf:
            raise ValueError(f'"{text}" is no rate of false alarms: {GRAMMAR}')
        if frame_rate is not None and not 0 < frame_rate < math.inf:
            raise ValueError(f'the frame rate must be positive, got {frame_rate!r} a second')
        if match[2] == 'hour' and frame_rate is None:
            raise ValueError(
                f'{text} needs the number of frames a second: a video that says it, --frame-rate, '
                'or frame_rate in Python'
            )
        return cls(number, match[2], frame_rate)  # type: ignore[arg-type]  # one of the three

    @property
    def figure(self) -> str:
        """Name of the figure that is limited: ``FPPI`` or ``Fa``."""
        return 'Fa' if self.per == 'pixel' else 'FPPI'

    @property
    def limit(self) -> float:
        """What the figure may be."""
        return self.number / self._frames

    def words(self, rate: float) -> str:
        """Say a value of the figure in the unit that was asked for."""
        unit = {'frame': 'a frame', 'hour': 'an hour', 'pixel': 'of all pixels'}[self.per]
        return f'{rate * self._frames:.3g} {unit}'

    @property
    def _frames(self) -> float:
        """Frames of the unit; 1 of a pixel."""
        return 3600 * self.frame_rate if self.per == 'hour' and self.frame_rate else 1.0


def rate_in_words(rate: float) -> str:
    """Say a rate of false targets a frame as people count: '1 false target in 100 frames'.

    Args:
        rate (float): False targets a frame, 0 or more.

    Returns:
        str: With two digits at most, or whole numbers.
    """
    if rate == 0:
        return 'no false target'
    if rate <= 0.5:
        return f'1 false target in {float(f"{1 / rate:.2g}"):,.0f} frames'
    if rate < 0.95:
        return f'{10 * rate:.0f} false targets in 10 frames'
    number = f'{rate:.2g}'
    return f'{number} false {"target" if number == "1" else "targets"} a frame'


def upper_bound(count: int, frames: int) -> float:
    """Bound the rate of rare events from what was counted: exactly, as of a Poisson process.

    With no event at all it is 3.00 / frames, the rule of three. Frames are taken as independent
    (F. Garwood, *Fiducial limits for the Poisson distribution*, Biometrika 1936).

    Args:
        count (int): Events.
        frames (int): Frames in which they were counted.

    Returns:
        float: Events a frame that are exceeded with a probability of 5 % at most.
    """
    return float(gammaincinv(count + 1, CERTAINTY)) / frames


def frames_needed(rate: float) -> float:
    """Frames without a single event that show a rate (events a frame); infinite for 0."""
    return math.ceil(upper_bound(0, 1) / rate) if rate else math.inf
