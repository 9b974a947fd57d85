"""One rule for the grey levels of images of any kind: what a network sees of a camera's frame."""

import copy
import warnings
from typing import Any, Literal, NamedTuple

import cv2
import numpy as np

from ..wording import counted
from .bad_pixels import fill_pixels

#: How grey levels are found where none is given: measured in each frame, or the type's range.
Rule = Literal['auto', 'full']
#: Whether what is hot is bright in a frame, or dark.
Polarity = Literal['white-hot', 'black-hot']
#: Grey levels to which a stretch brings the 100th and the 99th percentile of a frame. Training
#: images have theirs there (docs/grey_levels.md); to stretch further costs targets.
DARK, BRIGHT = 48.0, 208.0
#: A frame's percentiles are those of so many rows and columns, evenly spread, ...
GRID = 128
#: ... and they are the values of this rank, counted from the smallest and from the largest.
RANK = 164
#: The smallest steps of a frame are never stretched to more than (BRIGHT - DARK) / LEAST_SPAN.
LEAST_SPAN = 10
#: A step of floats, as a share of their values.
FLOAT_STEP = 1e-6
#: What is far brighter than the rest, such as a near target, may lessen the stretch to this part.
LEAST_GAIN = 0.25
#: How fast the levels of a video follow its frames: share of the new one.
FOLLOW = 0.1
#: Share of pixels outside of given levels, and of the range in use, that are worth a remark.
OUTSIDE, LEAST_USE = 1e-3, 0.1


#: Remarks on frames by their kind: number of frames, of pixels, and which frame was the first.
Remarks = dict[str, tuple[int, int, str]]


class LevelsWarning(UserWarning):
    """Said once of a run: frames do not fit their levels, or hold pixels that are no numbers."""


class Levels(NamedTuple):
    """Values of a frame that become 0 and 255.

    Attributes:
        black (float): Value that becomes 0; of a black-hot frame it is the larger one.
        white (float): Value that becomes 255.
        clip (bool): Whether what lies beyond becomes 0 and 255, too.
    """

    black: float
    white: float
    clip: bool = False

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Bring values to grey levels, float32; the array given in is left alone."""
        if not self.black and values.dtype == np.float32:
            grey = values * np.float32(255.0 / self.white)
        else:
            # Counts of 32 bits and doubles lose their last digits only now.
            grey = ((values - self.black) * (255.0 / (self.white - self.black))).astype(np.float32)
        return np.clip(grey, 0, 255, out=grey) if self.clip else grey


def stretch(
    values: np.ndarray, step: float | None = None, polarity: Polarity = 'white-hot'
) -> Levels:
    """Measure the levels of a frame.

    The 100th percentile becomes grey level 48 and the 99th 208, where training images have them.
    If the brightest 2x2 pixels went beyond 255 by that, the gain is lessened until they do not,
    but not to less than a quarter. The percentiles are values of rank 164 of 128 rows and 128
    columns, so that an exported graph, which has to sort, measures the same.

    Args:
        values (np.ndarray): (H, W), numbers only.
        step (float, optional): Smallest difference that means something, 1 of counts. Defaults to
            None: a millionth of the values, which float32 still tells apart.
        polarity (str): Of a 'black-hot' frame its negative is measured. Defaults to 'white-hot'.

    Returns:
        Levels: Those of the frame; of a constant frame it becomes level 128.
    """
    rows, columns = ((2 * np.arange(GRID) + 1) * side // (2 * GRID) for side in values.shape)
    sample = np.partition(values[rows][:, columns].ravel(), (RANK - 1, -RANK))
    low, high = float(sample[RANK - 1]), float(sample[-RANK])
    if step is None:
        step = max(abs(low), abs(high), 1e-30) * FLOAT_STEP
    middle, centre = (DARK + BRIGHT) / 2, (low + high) / 2
    gain = (BRIGHT - DARK) / max(high - low, LEAST_SPAN * step)
    sign = -1 if polarity == 'black-hot' else 1
    # A single hot pixel is no target, and is not to hide those that are.
    brightest = float(cv2.erode(sign * values, np.ones((2, 2), np.uint8)).max()) - sign * centre
    if brightest * gain > 255 - middle:
        gain = max((255 - middle) / brightest, LEAST_GAIN * gain)
    gain *= sign
    return Levels(centre - middle / gain, centre + (255 - middle) / gain, True)


def fill_numbers(values: np.ndarray, name: str) -> tuple[np.ndarray, int]:
    """Fill the pixels that are NaN or infinite from their neighbours.

    Args:
        values (np.ndarray): (H, W), floating.
        name (str): What the frame is called in a message.

    Returns:
        tuple[np.ndarray, int]: The frame, itself if all is well, and the number of such pixels.

    Raises:
        ValueError: If no pixel is a number.
    """
    bad = ~np.isfinite(values)
    number = int(np.count_nonzero(bad))
    if not number:
        return values, 0
    if number == bad.size:
        raise ValueError(f'{name} holds no number: every pixel is NaN or infinite')
    return fill_pixels(values, bad), number


def grey_values(image: np.ndarray, name: str) -> np.ndarray:
    """Reduce an image to one value a pixel, in its own unit.

    Colour becomes luma of ITU-R BT.601, computed in floating point without rounding.

    Args:
        image (np.ndarray): See :class:`GreyLevels`.
        name (str): What it is called in a message.

    Returns:
        np.ndarray: (H, W), float32, or float64 of types that would lose digits.

    Raises:
        TypeError: If its dtype or number of channels has no grey level.
    """
    if image.dtype.kind not in 'buif':
        raise TypeError(
            f'{name} has dtype {image.dtype}; expected whole numbers, bool or a floating type. '
            'Convert the image to one of them.'
        )
    exact = image.dtype.itemsize > 4 or (image.dtype.kind in 'ui' and image.dtype.itemsize > 2)
    values = image.astype(np.float64 if exact else np.float32)
    if values.ndim == 2:
        return values
    channels = values.shape[2] if values.ndim == 3 else None
    if channels in (1, 2):
        return np.ascontiguousarray(values[..., 0])
    if channels not in (3, 4):
        raise TypeError(
            f'{name} has shape {image.shape}; expected (H, W) or (H, W, C) with 1 to 4 channels'
        )
    if exact:  # which OpenCV does not take
        return values[..., :3] @ np.array([0.114, 0.587, 0.299])
    return cv2.cvtColor(values, cv2.COLOR_BGR2GRAY if channels == 3 else cv2.COLOR_BGRA2GRAY)


class GreyLevels:
    """Bring images of any kind to float32 grey levels in 0..255 units.

    Colour becomes luma of ITU-R BT.601 (0.299 R + 0.587 G + 0.114 B) without rounding; alpha is
    dropped. Pixels that are no numbers, and those of the mask, are filled from their neighbours.
    Then grey = 255 (value - black) / (white - black), with fractions; of black-hot images it is
    turned over, 255 - grey, since networks look for bright targets.

    Args:
        black_level (float, optional): Value that becomes 0. Defaults to None: 0 if the white level
            is given.
        white_level (float, optional): Value that becomes 255, e.g. 16383 for a 14-bit camera.
            Defaults to None: the type's largest if the black level is given.
        levels (str): What holds where no level is given. 'auto' leaves images of 8 bits as they
            are, and measures the levels of all others in each frame, see :func:`stretch`. 'full'
            takes the type's range: 65535 of uint16 is white, and floats are in 0..255 units.
            Defaults to 'auto'.
        polarity (str): 'white-hot' where what is hot is bright, 'black-hot' where it is dark; of
            these 'auto' measures the negative. Defaults to 'white-hot'.
        ignored (np.ndarray, optional): Pixels to fill, bool (H, W). Defaults to None.

    Images of 8 bits stay as they are if the white level is above 255: it is meant for others.

    Raises:
        ValueError: If rule or polarity are unknown, or white is not above black.
    """

    def __init__(
        self,
        black_level: float | None = None,
        white_level: float | None = None,
        levels: Rule = 'auto',
        polarity: Polarity = 'white-hot',
        *,
        ignored: np.ndarray | None = None,
    ) -> None:
        if levels not in ('auto', 'full'):
            raise ValueError(f"levels must be 'auto' or 'full', not {levels!r}")
        if polarity not in ('white-hot', 'black-hot'):
            raise ValueError(f"polarity must be 'white-hot' or 'black-hot', not {polarity!r}")
        for key, value in (('black_level', black_level), ('white_level', white_level)):
            if value is not None and not np.isfinite(value):
                raise ValueError(f'{key} must be a number, not {value!r}')
        if white_level is not None and not white_level > (black_level or 0):
            raise ValueError(
                f'white_level must be above black_level, not {white_level!r} with '
                f'{black_level or 0!r}'
            )
        self.black_level = None if black_level is None else float(black_level)
        self.white_level = None if white_level is None else float(white_level)
        # A single level given is completed by the type's range.
        self.rule: Rule = 'full' if self.given else levels
        self.polarity: Polarity = polarity
        self.ignored = ignored
        self._video: Levels | None = None
        self._is_video = False
        self._seen: Remarks = {}

    @property
    def given(self) -> bool:
        """Whether black or white is given."""
        return self.black_level is not None or self.white_level is not None

    def to_dict(self) -> dict[str, Any]:
        """The options as plain values."""
        return {
            'black_level': self.black_level,
            'white_level': self.white_level,
            'levels': self.rule,
            'polarity': self.polarity,
        }

    def updated(
        self,
        black_level: float | None = None,
        white_level: float | None = None,
        levels: Rule | None = None,
        polarity: Polarity | None = None,
    ) -> 'GreyLevels':
        """Put what is given in the place of what these say.

        Levels of any kind replace all levels; the polarity is a matter of its own.

        Returns:
            GreyLevels: New ones, which ignore no pixels and have no remarks yet.
        """
        if black_level is None and white_level is None and levels is None:
            black_level, white_level, levels = self.black_level, self.white_level, self.rule
        return GreyLevels(
            black_level,
            white_level,
            'auto' if levels is None else levels,
            self.polarity if polarity is None else polarity,
        )

    def for_video(self) -> 'GreyLevels':
        """The same for frames that follow each other: measured levels change slowly."""
        own = copy.copy(self)  # remarks are shared
        own._is_video, own._video = True, None
        return own

    def __call__(self, image: np.ndarray, name: str = 'the image') -> np.ndarray:
        """Bring an image to grey levels.

        Args:
            image (np.ndarray): (H, W) or (H, W, C), C of 1 to 4 in OpenCV's order (grey; grey and
                alpha; BGR; BGRA); whole numbers, bool or floating.
            name (str): What the image is called in a message. Defaults to 'the image'.

        Returns:
            np.ndarray: float32 (H, W), always a new array.

        Raises:
            TypeError: If an image has a dtype or a number of channels that has no grey level.
            ValueError: If it holds no number at all, the mask has another size, or a black level
                alone is given for floats.
        """
        return self.measured(image, name)[0]

    def measured(self, image: np.ndarray, name: str = 'the image') -> tuple[np.ndarray, Levels]:
        """Bring an image to grey levels, and say by which.

        Args:
            image (np.ndarray): See :meth:`__call__`.
            name (str): Likewise.

        Returns:
            tuple[np.ndarray, Levels]: float32 (H, W), and what became 0 and 255 of it.
        """
        values = self._filled(grey_values(image, name), name)
        levels = self._levels_of(image.dtype, values, name)
        as_it_is = image.dtype == np.uint8 and levels[:2] == (0, 255)
        grey = values if as_it_is else levels(values)
        if not levels.clip and image.dtype != np.bool_:
            self._judge(values, levels, name)
        return grey, levels

    def _filled(self, values: np.ndarray, name: str) -> np.ndarray:
        """Fill what is no number, and what the mask names."""
        if not values.size:
            raise ValueError(f'{name} has no pixels')
        values, number = fill_numbers(values, name)
        if number:
            self._remark('numbers', number, name)
        if self.ignored is None:
            return values
        if self.ignored.shape != values.shape:
            raise ValueError(
                f'{name} is {values.shape}, the ignore mask {self.ignored.shape} (height, width); '
                'it must have the size of the frames'
            )
        return fill_pixels(values, self.ignored)

    def _levels_of(self, dtype: np.dtype, values: np.ndarray, name: str) -> Levels:
        """What becomes 0 and 255 of an image of this type."""
        if self._measures(dtype):
            return self._stretched(values, None if dtype.kind == 'f' else 1.0)
        black, white = self._range_of(dtype, name)
        return Levels(white, black) if self.polarity == 'black-hot' else Levels(black, white)

    def _measures(self, dtype: np.dtype) -> bool:
        """Whether the levels of images of this type are measured."""
        return self.rule == 'auto' and dtype not in (np.bool_, np.uint8)

    def _range_of(self, dtype: np.dtype, name: str) -> tuple[float, float]:
        """What is black and what is white in an image of this type, measured ones aside."""
        if dtype == np.bool_:
            return 0, 1
        largest = 255.0 if dtype.kind == 'f' else float(np.iinfo(dtype).max)
        black, white = self.black_level or 0.0, self.white_level
        if dtype == np.uint8 and (self.rule == 'auto' or (white or 0) > largest):
            return 0, 255
        if white is None:
            if self.given and dtype.kind == 'f':
                raise ValueError(f'{name} is of {dtype}: a black level needs a white level there')
            white = largest
        return black, white

    def _stretched(self, values: np.ndarray, step: float | None) -> Levels:
        """Measure a frame; in a video go on from the levels of before unless the scene is new."""
        new, old = stretch(values, step, self.polarity), self._video
        if not self._is_video:
            return new
        if old is not None and min(old[:2]) < (new.black + new.white) / 2 < max(old[:2]):
            black, white = (
                (1 - FOLLOW) * before + FOLLOW * now
                for before, now in ((old.black, new.black), (old.white, new.white))
            )
            new = Levels(black, white, True)
        self._video = new
        return new

    def _judge(self, values: np.ndarray, levels: Levels, name: str) -> None:
        """Remark on a frame that does not fit its levels."""
        black, white = sorted(levels[:2])  # as they were given, whatever the polarity
        span = white - black
        low, high = float(values.min()), float(values.max())
        if low == high:  # a shutter, or a scene without anything
            return
        what = (
            f'{name}, whose values are {low:g} to {high:g} where {black:g} is black and '
            f'{white:g} white'
        )
        # Luma of white is white only to the last digits.
        margin = 1e-4 * span
        if low >= black - margin and high <= white + margin:
            outside = 0.0
        else:
            outside = float(np.mean((values < black) | (values > white)))
        if outside > OUTSIDE:
            self._remark('outside', 1, what)
        elif high - low < LEAST_USE * span:
            self._remark('range', 1, what)

    def _remark(self, kind: str, number: int, name: str) -> None:
        """Count what a reader of the results should know, and warn of it once."""
        frames, total, first = self._seen.get(kind, (0, 0, name))
        self._seen[kind] = frames + 1, total + number, first
        if not frames:
            warnings.warn(self._sentence(kind), LevelsWarning, stacklevel=2)

    def _sentence(self, kind: str) -> str:
        """Say one of the remarks."""
        frames, total, first = self._seen[kind]
        which = first if frames == 1 else f'{counted(frames, "frame")}, the first {first}'
        if kind == 'numbers':
            pixels = counted(total, 'pixel is', 'pixels are')
            return f'{pixels} NaN or infinite, filled from the neighbours: {which}'
        what = 'less than a tenth of the range is used' if kind == 'range' else 'the range is left'
        auto = ', or none and levels "auto"' if self.rule == 'full' else ''
        return f'{what}: {which}. Give black and white level of the camera{auto}'

    def remarks(self) -> list[str]:
        """Say what a reader of the results should know of all frames so far."""
        return [self._sentence(kind) for kind in self._seen]

    def take_remarks(self) -> Remarks:
        """Hand over what was remarked so far, and forget it."""
        taken = dict(self._seen)
        self._seen.clear()  # in place: those of a video share it
        return taken

    def add_remarks(self, remarks: Remarks) -> None:
        """Add what others have remarked on frames that come after these.

        Args:
            remarks (dict): As :meth:`take_remarks` gives them.
        """
        for kind, (more_frames, more, name) in remarks.items():
            frames, total, first = self._seen.get(kind, (0, 0, name))
            self._seen[kind] = frames + more_frames, total + more, first

    def __repr__(self) -> str:
        options = ', '.join(f'{key}={value!r}' for key, value in self.to_dict().items())
        return f'{type(self).__name__}({options})'
