"""Targets of a table of points: which pixels belong to a point, and who says so."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..wording import counted
from .frames import Frame, some

#: A target reaches no further from its point, in pixels, and its surroundings begin there.
REACH = 5
#: The surroundings end at this distance.
AROUND = 10
#: Names of the column that says which frame a point is of.
_NAMES = ('name', 'file', 'filename', 'file_name', 'image', 'frame')
_CROSS = ndimage.generate_binary_structure(2, 1)


def grow(values: np.ndarray, x: int, y: int) -> tuple[np.ndarray, bool]:
    """Find the pixels of the target at a point.

    From the brightest of the 3x3 pixels around the point on, all connected ones belong to it that
    are brighter than half of the way from the median of the surroundings (5 to 10 pixels away) to
    the brightest. Where nothing stands out of the surroundings, the target is a cross of 5 pixels.

    Args:
        values (np.ndarray): Pixels of the frame, (H, W), in any unit.
        x (int): Column of the point.
        y (int): Its row.

    Returns:
        tuple: Mask, bool (H, W), and whether something stood out.
    """
    top, left = max(0, y - 1), max(0, x - 1)
    near = values[top : y + 2, left : x + 2]
    brightest = divmod(int(np.argmax(near)), near.shape[1])
    row, column = top + brightest[0], left + brightest[1]
    rows, columns = np.ogrid[: values.shape[0], : values.shape[1]]
    distance = np.hypot(rows - row, columns - column)
    around = values[(distance > REACH) & (distance <= AROUND)]
    level, spread = np.median(around), np.median(np.abs(around - np.median(around)))
    peak = float(values[row, column])
    if peak <= level + 3 * spread:
        return (np.abs(rows - y) + np.abs(columns - x)) <= 1, False
    parts, _ = ndimage.label((values > (peak + level) / 2) & (distance <= REACH), np.ones((3, 3)))
    return parts == parts[row, column], True


class PointMasks:
    """Masks by a CSV file with the columns name, x and y.

    x and y count pixels from the centre of the first one, as the tables of ``mdpnet detect`` do.
    A frame without a point has no target.

    Args:
        path (Path): The file.
        frames (list[Frame]): All frames of the folder.
        folder (Path): The folder.

    Attributes:
        frames (list[Frame]): All of them.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no such table, or names frames that are missing.
    """

    def __init__(self, path: Path, frames: list[Frame], folder: Path) -> None:
        self.path, self.frames = path, frames
        self._points: dict[Path, list[tuple[int, float, float]]] = defaultdict(list)
        known: dict[str, Path | None] = {}
        for frame in frames:
            for name in {frame.name, frame.file.stem}:
                known[name] = None if name in known else frame.file
        missing = []
        for line, name, x, y in _rows(path):
            stem = name.replace('\\', '/')
            if Path(stem).suffix.lower() == Path(frames[0].file).suffix.lower():
                stem = stem[: -len(Path(stem).suffix)]
            file = known.get(stem) or known.get(stem.rpartition('/')[2])
            if file is None:
                missing.append(f'{name} (line {line})')
            elif x is not None and y is not None:
                self._points[file].append((line, x, y))
        if missing:
            raise ValueError(
                f'"{path}" names {counted(len(missing), "frame")} that "{folder}" does not hold: '
                f'{some(missing)}'
            )
        self._grown: list[int] = []
        self._faint = 0

    @property
    def remarks(self) -> list[str]:
        """What a reader should know."""
        said = []
        if self._grown:
            said.append(
                f'{counted(len(self._grown), "point")} became masks of {min(self._grown)} to '
                f'{max(self._grown)} pixels: what is connected and brighter than half of the way '
                'from the surroundings to the brightest pixel'
            )
        if self._faint:
            said.append(
                f'at {counted(self._faint, "point")} nothing is brighter than the surroundings: '
                'a cross of 5 pixels each'
            )
        return said

    def __call__(self, frame: Frame, values: np.ndarray) -> np.ndarray:
        """Grow the targets of a frame.

        Args:
            frame (Frame): The frame.
            values (np.ndarray): Its pixels, (H, W).

        Returns:
            np.ndarray: bool (H, W).

        Raises:
            ValueError: If a point lies outside of the frame.
        """
        mask = np.zeros(values.shape, bool)
        height, width = values.shape
        for line, x, y in self._points[frame.file]:
            if not (-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5):
                raise ValueError(
                    f'"{self.path}", line {line}: the point ({x:g}, {y:g}) lies outside of '
                    f'"{frame.file.name}", which is {width} wide and {height} high'
                )
            grown, stood_out = grow(values, round(x), round(y))
            mask |= grown
            if stood_out:
                self._grown.append(int(grown.sum()))
            else:
                self._faint += 1
        return mask


def _rows(path: Path) -> list[tuple[int, str, float | None, float | None]]:
    """Line, name, x and y of each row; both None where a row names a frame without target."""
    try:
        with path.open(encoding='utf-8-sig', newline='') as file:
            reader = csv.DictReader(file)
            heads = {head.strip().lower(): head for head in reader.fieldnames or () if head}
            name = next((heads[key] for key in _NAMES if key in heads), None)
            if name is None or not {'x', 'y'} <= heads.keys():
                raise ValueError('no head')
            found = []
            for row in reader:
                given = [(row[heads[key]] or '').strip() for key in 'xy']
                x, y = (float(text) for text in given) if any(given) else (None, None)
                found.append((reader.line_num, (row[name] or '').strip(), x, y))
    except (ValueError, csv.Error) as error:
        raise ValueError(
            f'"{path}" is no table of points: its first line must be name,x,y, and numbers must '
            f'follow ({error})'
        ) from error
    return found
