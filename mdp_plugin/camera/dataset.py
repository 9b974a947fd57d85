"""The frames of a folder as a data set: checked, measured, split, with masks as files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np

from ..imaging.grey_levels import GreyLevels
from ..imaging.grey_statistics import moments, statistics_of
from ..imaging.masks import label_targets
from ..imaging.picture_files import read_image
from ..whole_files import write_whole
from ..wording import counted
from .frames import Frame, some
from .layout import Layout
from .recordings import PARTS, Split
from .work_folder import WorkFolder

#: Fewer frames cannot be split.
LEAST_FRAMES = 12

Progress = Callable[[list[Frame]], Iterable[Frame]]
"""Wraps the frames that are read."""


@dataclass
class CameraData:
    """What is known of a folder's frames.

    Attributes:
        layout (Layout): Where they are.
        levels (GreyLevels): How grey levels are made of them.
        kind (np.dtype): Type of their values.
        sizes (set[tuple[int, int]]): Their heights and widths.
        low (float): Smallest value.
        high (float): Largest value.
        masks (dict[str, bytes]): A PNG file for each name.
        areas (dict[str, list[int]]): Pixels of each target, by name.
        moments (dict[str, tuple[float, float]]): Of the grey levels, by name.
    """

    layout: Layout
    levels: GreyLevels
    kind: np.dtype = field(default_factory=lambda: np.dtype(np.uint8))
    sizes: set[tuple[int, int]] = field(default_factory=set)
    low: float = float('inf')
    high: float = float('-inf')
    masks: dict[str, bytes] = field(default_factory=dict)
    areas: dict[str, list[int]] = field(default_factory=dict)
    moments: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def has_target(self) -> dict[str, bool]:
        """By name of each frame, whether it shows a target."""
        return {name: bool(areas) for name, areas in self.areas.items()}

    @property
    def export_flags(self) -> str:
        """Flags by which `mdpnet export` makes grey levels as the config does."""
        kind = self.kind.name if self.kind.name in ('uint8', 'uint16') else 'float32'
        flags = [f'--frame-type {kind}']
        given = {'black': self.levels.black_level, 'white': self.levels.white_level}
        flags += [f'--{key}-level {value:g}' for key, value in given.items() if value is not None]
        if not self.levels.given and kind == 'float32':
            flags.append(f'--levels {self.levels.rule}')
        return ' '.join(flags)

    def statistics(self, frames: Iterable[Frame]) -> dict[str, float]:
        """Mean and standard deviation of the grey levels of some frames."""
        return statistics_of(self.moments[frame.name] for frame in frames)

    def describe(self) -> list[str]:
        """Say in a few lines what was found."""
        frames, areas = self.layout.frames, sum(self.areas.values(), [])
        recordings = {frame.recording for frame in frames}
        low, high = min(self.sizes), max(self.sizes)
        size = f'{low[1]}x{low[0]}' + (f' to {high[1]}x{high[0]}' if low != high else '')
        depth = ''
        if self.kind.kind == 'u' and self.kind.itemsize > 1:
            depth = f', {max(int(self.high).bit_length(), 1)} bits in use'
        if self.levels.given:
            black, white = self.levels.black_level or 0, self.levels.white_level
            grey = (
                f'{black:g} is black and {"the largest" if white is None else f"{white:g}"} white'
            )
        elif self.kind == np.uint8 or self.levels.rule == 'full':
            grey = 'the range of the type is black to white'
        else:
            grey = 'black and white are measured in each frame'
        empty = sum(not found for found in self.has_target.values())
        return [
            f'{counted(len(frames), "frame")}; '
            f'recordings: {len(recordings)} ({some(sorted(recordings))})',
            f'size {size}, {self.kind.name}{depth}, values {self.low:g} to {self.high:g}; {grey}',
            f'{self.layout.kind}: {counted(len(areas), "target")} of {min(areas)} to '
            f'{max(areas)} pixels (median {np.median(areas):g}), '
            f'{counted(empty, "frame")} without any',
            *self.layout.truth.remarks,
        ]


def read_camera(layout: Layout, levels: GreyLevels, progress: Progress = list) -> CameraData:
    """Read all frames and masks, and check them.

    Args:
        layout (Layout): The folder.
        levels (GreyLevels): How grey levels are made of the frames.
        progress (Callable): Wraps the frames. Defaults to showing nothing.

    Returns:
        CameraData: What is known of them.

    Raises:
        OSError: If a file cannot be read.
        ValueError: If frames or masks are not what they should be; names the file.
    """
    if len(layout.frames) < LEAST_FRAMES:
        raise ValueError(
            f'"{layout.folder}" holds {counted(len(layout.frames), "frame")} with known targets; '
            f'{LEAST_FRAMES} can be split, and a few hundred are a start'
        )
    data = CameraData(layout, levels)
    kinds: dict[np.dtype, Frame] = {}
    for frame in progress(layout.frames):
        values = _grey_frame(frame)
        kinds.setdefault(values.dtype, frame)
        # Targets are grown from what is brightest, which a black-hot camera shows darkest.
        hot = values if levels.polarity == 'white-hot' else -values.astype(np.float64)
        mask = layout.truth(frame, hot).astype(np.uint8)
        labels, _ = label_targets(mask)
        data.areas[frame.name] = np.bincount(labels.ravel())[1:].tolist()
        data.masks[frame.name] = cv2.imencode('.png', mask * 255)[1].tobytes()
        data.moments[frame.name] = moments(levels(values, str(frame.file)))
        data.sizes.add(values.shape)
        data.low, data.high = min(data.low, values.min()), max(data.high, values.max())
    if len(kinds) > 1:
        found = ', '.join(f'"{frame.file.name}" {kind}' for kind, frame in kinds.items())
        raise ValueError(f'the frames are of several types: {found}; take those of one camera')
    data.kind = next(iter(kinds))
    if not any(data.areas.values()):
        raise ValueError(
            f'all masks of "{layout.folder}" are empty: nothing says what a target looks like'
        )
    return data


def _grey_frame(frame: Frame) -> np.ndarray:
    """Read a frame, (H, W); three equal channels are grey.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is coloured, or smaller than a network takes.
    """
    image = read_image(frame.file)
    if image.ndim == 3:
        colours = image[..., : image.shape[2] - (image.shape[2] in (2, 4))]
        if (colours != colours[..., :1]).any():
            raise ValueError(
                f'"{frame.file}" is a colour picture; infrared frames are grey. Export what the '
                'camera measured, without its palette'
            )
        image = np.ascontiguousarray(colours[..., 0])
    if min(image.shape) < 32:
        raise ValueError(f'"{frame.file}" is {image.shape}; frames have sides of 32 pixels or more')
    if not np.isfinite(image).all():
        raise ValueError(f'"{frame.file}" holds pixels that are no numbers')
    return image


def write_camera(data: CameraData, split: Split, folder: WorkFolder) -> None:
    """Write masks and split lists.

    Args:
        data (CameraData): The frames.
        split (Split): Which belong to which part.
        folder (WorkFolder): Where they belong.

    Raises:
        OSError: If a file cannot be written.
    """
    for name, content in data.masks.items():
        write_whole(folder.masks / f'{name}.png', content, lasting=False)
    for part in PARTS:
        names = [frame.name for frame in split.parts[part]]
        write_whole(folder.split(part), ('\n'.join(names) + '\n').encode())
