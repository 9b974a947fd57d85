"""On-screen marks, as cameras and recorders draw them into the picture: sharp and without noise."""

import numpy as np

from .distractor_settings import DistractorSettings
from .drawing import grow

# Columns of a 5 x 7 dot matrix, the top dot in the lowest bit.
_DOTS = {
    '0': '3E5149453E', '1': '00427F4000', '2': '4261514946', '3': '2141454B31', '4': '1814127F10',
    '5': '2745454539', '6': '3C4A494930', '7': '0171090503', '8': '3649494936', '9': '064949291E',
    'A': '7E1111117E', 'B': '7F49494936', 'C': '3E41414122', 'D': '7F4141221C', 'E': '7F49494941',
    'F': '7F09090901', 'G': '3E4149497A', 'H': '7F0808087F', 'I': '00417F4100', 'J': '2040413F01',
    'K': '7F08142241', 'L': '7F40404040', 'M': '7F020C027F', 'N': '7F0408107F', 'O': '3E4141413E',
    'P': '7F09090906', 'Q': '3E4151215E', 'R': '7F09192946', 'S': '4649494931', 'T': '01017F0101',
    'U': '3F4040403F', 'V': '1F2040201F', 'W': '3F4038403F', 'X': '6314081463', 'Y': '0708700807',
    'Z': '6151494543', ':': '0036360000', '.': '0060600000', '-': '0808080808', '/': '2010080402',
    '+': '08083E0808',
}  # fmt: skip


def _glyph(dots: str) -> np.ndarray:
    """Turn the columns of a letter into bool (7, 6), with an empty column behind it."""
    columns = [int(dots[i : i + 2], 16) for i in range(0, 10, 2)] + [0]
    return np.array([[column >> row & 1 for column in columns] for row in range(7)], bool)


_GLYPHS = {letter: _glyph(dots) for letter, dots in _DOTS.items()}


def draw_marks(
    rng: np.random.Generator, shape: tuple[int, int], settings: DistractorSettings
) -> np.ndarray | None:
    """Draw text, cross-hairs, frames, brackets and scales on an empty screen.

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (tuple[int, int]): Height and width in pixels.
        settings (DistractorSettings): Number and size.

    Returns:
        np.ndarray | None: float32 (H, W) in levels, NaN where the picture is seen. None if there
        are no marks.
    """
    number = int(rng.integers(settings.marks[0], settings.marks[1] + 1))
    if number == 0 or rng.random() >= settings.mark_share:
        return None
    screen = np.full(shape, np.nan, np.float32)
    # One recorder draws all marks alike.
    thick = int(rng.integers(1, 2 + (max(shape) > 400)))
    value = float(rng.choice((255, 0, rng.uniform(180, 255)), p=(0.6, 0.2, 0.2)))
    for _ in range(number):
        size = int(rng.integers(settings.mark_size[0], settings.mark_size[1] + 1))
        kind = rng.choice(('text', 'cross', 'frame', 'brackets', 'scale', 'dot'), p=_KIND_SHARES)
        pixels = np.zeros(shape, bool)
        _MARKS[str(kind)](rng, pixels, size, thick)
        if rng.random() < 0.3:  # an outline keeps the mark readable on any ground
            screen[grow(pixels, 1)] = 255.0 - value
        screen[pixels] = value
    return screen


def _text(rng: np.random.Generator, pixels: np.ndarray, size: int, thick: int) -> None:
    """A line or two of letters and figures, mostly near an edge."""
    del thick
    height, width = pixels.shape
    scale = max(min(size // 7, width // 60), 1)
    letters = sorted(_GLYPHS)
    x = int(rng.choice((3, width // 2, max(width - 60 * scale, 3)))) + int(rng.integers(0, 8))
    y = int(rng.choice((3, height - 20 * scale, int(rng.integers(height))))) + int(
        rng.integers(0, 8)
    )
    for line in range(rng.integers(1, 3)):
        text = rng.choice(letters, rng.integers(1, 17))
        dots = np.concatenate([_GLYPHS[str(letter)] for letter in text], axis=1)
        dots = dots.repeat(scale, axis=0).repeat(scale, axis=1)
        top = max(y + 9 * scale * line, 0)
        part = pixels[top : top + dots.shape[0], x : x + dots.shape[1]]
        part |= dots[: part.shape[0], : part.shape[1]]


def _cross(rng: np.random.Generator, pixels: np.ndarray, size: int, thick: int) -> None:
    """A cross-hair with or without a gap, in the middle as a rule."""
    y, x = _place(rng, pixels.shape, 0.75)
    gap = int(rng.integers(1, max(size // 2, 2))) if rng.random() < 0.5 else 0
    for offset in range(thick):
        for low, high in ((gap, size), (-size, 1 - gap)):
            _row(pixels, y + offset, x + low, x + high)
            _column(pixels, x + offset, y + low, y + high)


def _frame(rng: np.random.Generator, pixels: np.ndarray, size: int, thick: int) -> None:
    """A tracking gate anywhere, or a frame around most of the picture."""
    height, width = pixels.shape
    if rng.random() < 0.3:
        y, x, half_y, half_x = height // 2, width // 2, 2 * height // 5, 2 * width // 5
    else:
        y, x = _place(rng, pixels.shape, 0.3)
        half_y, half_x = size // 2 + 1, int(size * rng.uniform(0.5, 1.0))
    for offset in range(thick):
        for row in (y - half_y + offset, y + half_y - offset):
            _row(pixels, row, x - half_x, x + half_x + 1)
        for column in (x - half_x + offset, x + half_x - offset):
            _column(pixels, column, y - half_y, y + half_y + 1)


def _brackets(rng: np.random.Generator, pixels: np.ndarray, size: int, thick: int) -> None:
    """Four corners of a rectangle."""
    height, width = pixels.shape
    y, x = _place(rng, pixels.shape, 0.6)
    half_y = int(rng.choice((size // 2 + 2, rng.uniform(0.2, 0.45) * height)))
    half_x = int(rng.choice((size // 2 + 2, rng.uniform(0.2, 0.45) * width)))
    arm = max(min(size, half_y, half_x) // 2, 2)
    for side_y in (-1, 1):
        for side_x in (-1, 1):
            row, column = y + side_y * half_y, x + side_x * half_x
            for offset in range(thick):
                ends = sorted((column, column - side_x * arm))
                _row(pixels, row - side_y * offset, ends[0], ends[1] + 1)
                ends = sorted((row, row - side_y * arm))
                _column(pixels, column - side_x * offset, ends[0], ends[1] + 1)


def _scale(rng: np.random.Generator, pixels: np.ndarray, size: int, thick: int) -> None:
    """A scale with ticks along an edge."""
    height, width = pixels.shape
    step = int(rng.integers(5, 20))
    long = int(rng.integers(3, 7))
    level = bool(rng.random() < 0.5)
    side = width if level else height
    edge = int(rng.integers(3, 24))
    edge = edge if rng.random() < 0.5 else (height if level else width) - edge - long
    start = int(side * rng.uniform(0.1, 0.5))
    for number, at in enumerate(range(start, min(start + 4 * size, side), step)):
        reach = long if number % 5 == 0 else max(long // 2, 1)
        for offset in range(thick):
            if level:
                _column(pixels, at + offset, edge, edge + reach)
            else:
                _row(pixels, at + offset, edge, edge + reach)


def _dot(rng: np.random.Generator, pixels: np.ndarray, size: int, thick: int) -> None:
    """A small filled square: an aiming point or a record light."""
    y, x = _place(rng, pixels.shape, 0.4)
    side = min(int(rng.integers(2, 6)) * thick, size)
    pixels[max(y, 0) : y + side, max(x, 0) : x + side] = True


_MARKS = {
    'text': _text,
    'cross': _cross,
    'frame': _frame,
    'brackets': _brackets,
    'scale': _scale,
    'dot': _dot,
}
_KIND_SHARES = (0.4, 0.2, 0.12, 0.12, 0.1, 0.06)


def _place(
    rng: np.random.Generator, shape: tuple[int, int], in_the_middle: float
) -> tuple[int, int]:
    """The middle of the picture with a given probability, any place otherwise."""
    if rng.random() < in_the_middle:
        return shape[0] // 2, shape[1] // 2
    return int(rng.integers(0, shape[0])), int(rng.integers(0, shape[1]))


def _row(pixels: np.ndarray, row: int, start: int, end: int) -> None:
    """Set part of a row, as far as it lies on the screen."""
    if 0 <= row < pixels.shape[0]:
        pixels[row, max(start, 0) : max(end, 0)] = True


def _column(pixels: np.ndarray, column: int, start: int, end: int) -> None:
    """Set part of a column, as far as it lies on the screen."""
    if 0 <= column < pixels.shape[1]:
        pixels[max(start, 0) : max(end, 0), column] = True
