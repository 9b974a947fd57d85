"""In a sequence, what is real stays: tracks of targets, confirmed in M of N frames."""

import math
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from importlib import metadata
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from ..installation import install_command, missing_packages

if TYPE_CHECKING:
    from .detector import Detection

#: Frames that a confirmation may look at; so many are held in memory.
MOST_FRAMES = 50
#: Frames that a track may be missed in.
MOST_COAST = 10_000
#: Least time between two frames, in frames, where a video gives both the same.
_LEAST_STEP = 0.1


@dataclass(frozen=True)
class Tracking:
    """How targets are followed from frame to frame.

    Attributes:
        confirm (tuple[int, int]): A track is confirmed as soon as it has a target in M of N frames
            in a row, given as (M, N). Defaults to (3, 5).
        radius (float): Largest distance in pixels between a target and where its track is expected.
            Defaults to 10.
        coast (int): Frames in a row that a track may be missed in without an end. Defaults to 10.

    Raises:
        ValueError: If a value is impossible.
    """

    confirm: tuple[int, int] = (3, 5)
    radius: float = 10.0
    coast: int = 10

    def __post_init__(self) -> None:
        whole = all(isinstance(value, Integral) for value in (*self.confirm, self.coast))
        if len(self.confirm) != 2 or not whole:
            raise ValueError(
                f'confirm must be two whole numbers and coast one, got {self.confirm!r}, '
                f'{self.coast!r}'
            )
        hits, frames = self.confirm
        if not 1 <= hits <= frames <= MOST_FRAMES:
            raise ValueError(
                f'a track is confirmed in M of N frames, 1 <= M <= N <= {MOST_FRAMES}, '
                f'got {hits} of {frames}'
            )
        if not isinstance(self.radius, Real) or not 0 < self.radius < math.inf:
            raise ValueError(f'radius must be a number of pixels above 0, got {self.radius!r}')
        if not 0 <= self.coast <= MOST_COAST:
            raise ValueError(f'coast must be 0 to {MOST_COAST} frames, got {self.coast!r}')

    def describe(self) -> dict[str, Any]:
        """What results depend on, the version of the library included.

        Raises:
            ImportError: If it is not installed; names the command.
        """
        _check_library()
        return {**asdict(self), 'trackers': metadata.version('trackers')}


def parse_confirm(text: str) -> tuple[int, int]:
    """Read M/N, such as 3/5.

    Args:
        text (str): What a user has written.

    Returns:
        tuple[int, int]: M and N.

    Raises:
        ValueError: If it has another form.
    """
    parts = re.fullmatch(r'\s*(\d+)\s*/\s*(\d+)\s*', text, re.ASCII)
    if parts is None:
        raise ValueError(f'a confirmation is written M/N, such as 3/5 for 3 of 5 frames: {text!r}')
    return int(parts[1]), int(parts[2])


@dataclass
class _Track:
    """Number of a track, once it is confirmed, and the last frames in which it has a target."""

    number: int | None = None
    frames: list[int] = field(default_factory=list)


class Tracker:
    """Follow the targets of one sequence, and let pass what is confirmed.

    A track begins with every target that continues none. It is confirmed as soon as it has a
    target in M of the last N frames; all targets of these frames are reported with it, those
    before its confirmation as well, and every later one. It ends when it was missed in more than
    ``coast`` frames in a row, or before its confirmation in more than N - M. What belongs to no
    confirmed track is left out. Tracks are numbered from 1 in the order of their confirmation.

    Frames come out N - 1 frames after they went in, when their fate is known.

    Args:
        tracking (Tracking, optional): Defaults to ``Tracking()``.
        rate (float, optional): Usual frames a second. Then times of frames count, and a track is
            expected further on after a gap. Defaults to None: frames follow each other evenly.

    Raises:
        ImportError: If the library ``trackers`` is not installed; names the command.
    """

    def __init__(self, tracking: Tracking | None = None, rate: float | None = None) -> None:
        _check_library()
        from .association import Association

        self._tracking = Tracking() if tracking is None else tracking
        self._rate = rate
        self._association = Association(self._tracking.radius, self._tracking.coast)
        self._tracks: dict[Any, _Track] = {}
        self._waiting: deque[tuple[Detection, float | None, list[_Track]]] = deque()
        self._frames = self._confirmed = 0
        self._seconds: float | None = None
        self._size: tuple[int, ...] | None = None

    def follow(
        self, detections: 'Iterable[tuple[Detection, float | None]]'
    ) -> 'Iterator[tuple[Detection, float | None]]':
        """Go through a sequence.

        Args:
            detections (Iterable): What was found in each frame, and the frame's time in seconds.

        Yields:
            tuple[Detection, float | None]: The same, with the targets of confirmed tracks alone,
            each with its ``track_id``. Probability and mask stay as they were.

        Raises:
            ValueError: If a frame has another size than those before it.
        """
        for detection, seconds in detections:
            self._add(detection, seconds)
            yield from self._decided(self._tracking.confirm[1] - 1)
        yield from self._decided(0)

    def _add(self, detection: 'Detection', seconds: float | None) -> None:
        size = detection.mask.shape
        if self._size not in (None, size):
            raise ValueError(
                f'frame {self._frames} is of {size[0]}x{size[1]} pixels, those before it of '
                f'{self._size[0]}x{self._size[1]}; the frames of a sequence have one size'
            )
        self._size = size
        hits, frames = self._tracking.confirm
        now = self._frames
        of_targets = []
        for key in self._association.add(detection.targets, self._step(seconds)):
            track = self._tracks.setdefault(key, _Track())
            track.frames = [frame for frame in track.frames if frame > now - frames] + [now]
            if track.number is None and len(track.frames) >= hits:
                self._confirmed += 1
                track.number = self._confirmed
            of_targets.append(track)
        alive = {key: self._tracks[key] for key in self._association.tracks}
        self._tracks = {
            key: track
            for key, track in alive.items()
            if track.number is not None or now - track.frames[-1] <= frames - hits
        }
        self._association.keep(self._tracks)
        self._waiting.append((detection, seconds, of_targets))
        self._frames += 1

    def _step(self, seconds: float | None) -> float:
        """Time since the last frame, in frames."""
        last, self._seconds = self._seconds, seconds
        if self._rate is None or seconds is None or last is None:
            return 1.0
        return max((seconds - last) * self._rate, _LEAST_STEP)

    def _decided(self, waiting: int) -> 'Iterator[tuple[Detection, float | None]]':
        """Frames of which no more is to come, until so many wait."""
        while len(self._waiting) > waiting:
            detection, seconds, tracks = self._waiting.popleft()
            targets = [
                target._replace(track_id=track.number)
                for target, track in zip(detection.targets, tracks, strict=True)
                if track.number is not None
            ]
            yield detection._replace(targets=targets), seconds


def _check_library() -> None:
    if missing_packages('trackers'):
        raise ImportError(f'tracks are made by the package trackers: {install_command("track")}')
