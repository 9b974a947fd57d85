"""What a folder holds: frames, and what says where their targets are."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from ..imaging.masks import binary_mask, unlike_a_mask
from ..imaging.picture_files import IMAGE_SUFFIXES, read_image
from ..wording import counted
from .coco_masks import CocoMasks
from .frames import Frame, frame_of, is_mask, place_of, plain_stem, some
from .point_masks import PointMasks

_EXPECTED = (
    'Expected are a folder masks/ beside images/, masks called NAME_mask beside the frames, a COCO '
    'file (.json) or a table of points (.csv with name,x,y); --annotations names it'
)


class Truth(Protocol):
    """What says where targets are."""

    frames: list[Frame]

    @property
    def remarks(self) -> list[str]:
        """What a reader should know, after all frames were asked for."""

    def __call__(self, frame: Frame, values: np.ndarray) -> np.ndarray:
        """Mask of a frame, bool (H, W), given its pixels (H, W)."""


class Layout(NamedTuple):
    """A folder as it was understood.

    Attributes:
        folder (Path): What the user gave, absolute.
        root (Path): Folder of all frames, to which their names are relative.
        frames (list[Frame]): Frames whose targets are known.
        truth (Truth): Their masks.
        kind (str): Where the masks come from, in words.
    """

    folder: Path
    root: Path
    frames: list[Frame]
    truth: Truth
    kind: str


class MaskFiles:
    """Masks that are pictures, one for each frame.

    Args:
        frames (list[Frame]): The frames.
        masks (list[Path]): The masks.
        folder (Path): The folder of the frames.
        mask_folder (Path): The folder of the masks.

    Attributes:
        frames (list[Frame]): All of them.

    Raises:
        ValueError: If names do not pair.
    """

    remarks: list[str] = []

    def __init__(
        self, frames: list[Frame], masks: list[Path], folder: Path, mask_folder: Path
    ) -> None:
        self.frames = frames
        files = [frame.file for frame in frames]
        best: tuple[list[str], list[str]] | None = None
        rules: tuple[Callable[[str], str], ...] = (str, plain_stem)
        for rule in rules:
            named = {(place_of(mask, mask_folder), rule(mask.stem)): mask for mask in masks}
            own = {(place_of(file, folder), rule(file.stem)): file for file in files}
            if len(named) < len(masks) or len(own) < len(files):
                continue
            if named.keys() == own.keys():
                self._masks = {own[key]: named[key] for key in own}
                return
            left = [sorted(str(a[key].name) for key in a.keys() - b.keys()) for a, b in
                    ((own, named), (named, own))]  # fmt: skip
            if best is None or len(left[0]) < len(best[0]):
                best = left[0], left[1]
        without, extra = best or (sorted(file.name for file in files), [])
        said = [f'{len(without)} of {counted(len(files), "frame")} without a mask: {some(without)}']
        if extra:
            said.append(
                f'{len(extra)} of {counted(len(masks), "mask")} without a frame: {some(extra)}'
            )
        raise ValueError(
            f'the names in "{folder}" do not pair. {". ".join(s for s in said if s[0] != "0")}. A '
            "mask has its frame's name, with a word such as _mask at will; an empty mask says that "
            'a frame has no target'
        )

    def __call__(self, frame: Frame, values: np.ndarray) -> np.ndarray:
        """Read the mask of a frame, see :class:`Truth`.

        Raises:
            OSError: If it cannot be read.
            ValueError: If it is no mask, or of another size.
        """
        path = self._masks[frame.file]
        picture = read_image(path)
        fault = unlike_a_mask(picture)
        if fault:
            raise ValueError(
                f'"{path}" is no mask: {fault}. A mask is 0, and white on its few target pixels'
            )
        mask = binary_mask(picture)
        if mask.shape != values.shape:
            raise ValueError(
                f'"{path}" is {mask.shape[1]}x{mask.shape[0]}, its frame "{frame.file}" '
                f'{values.shape[1]}x{values.shape[0]} (width x height); they must be of one size'
            )
        return mask


def read_layout(folder: Path, annotations: Path | None = None, skip: Path | None = None) -> Layout:
    """Find the frames of a folder, and their masks.

    Args:
        folder (Path): With frames anywhere below it.
        annotations (Path, optional): Folder of masks, COCO file or table of points. Defaults to
            None: what is found in the folder.
        skip (Path, optional): Folder whose pictures do not count. Defaults to None.

    Returns:
        Layout: What it holds.

    Raises:
        OSError: If a folder or a file cannot be read.
        ValueError: If nothing says where targets are, several things do, or names do not pair.
    """
    folder = folder.expanduser().resolve()
    if not folder.is_dir():
        raise FileNotFoundError(f'there is no folder "{folder}"')
    pictures = [
        file for file in sorted(folder.rglob('*'))
        if file.suffix.lower() in IMAGE_SUFFIXES and file.is_file()
        and not any(part.startswith('.') for part in file.relative_to(folder).parts)
        and not (skip and file.is_relative_to(skip))
    ]  # fmt: skip
    given = None if annotations is None else annotations.expanduser().resolve()
    if given is not None and not given.exists():
        raise FileNotFoundError(f'there is no file or folder "{annotations}"')
    stems = {(file.parent, file.stem) for file in pictures}
    masks = [file for file in pictures if is_mask(file, folder, stems)]
    no_frames = set(masks)
    if given is not None and given.is_dir():
        masks = [f for f in sorted(given.rglob('*')) if f.suffix.lower() in IMAGE_SUFFIXES]
    no_frames.update(masks)
    files = [file for file in pictures if file not in no_frames]
    if not files:
        raise FileNotFoundError(f'"{folder}" holds no frame ({", ".join(IMAGE_SUFFIXES)})')
    root = Path(os.path.commonpath([file.parent for file in files]))
    frames = [frame_of(file, root, folder) for file in files]
    names = [frame.name for frame in frames]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f'"{root}" holds several pictures of one name: {some(twice)}')
    truth, kind = _truth(folder, frames, masks, given)
    return Layout(folder, root, truth.frames, truth, kind)


def _speaks_of_targets(table: Path) -> bool:
    """Whether a file looks like one of COCO's, or like a table of points."""
    text = table.read_text(encoding='utf-8', errors='replace')
    if table.suffix.lower() == '.json':
        return '"images"' in text and '"annotations"' in text
    return {'x', 'y'} <= set(text.partition('\n')[0].strip().lower().split(','))


def _truth(
    folder: Path, frames: list[Frame], masks: list[Path], given: Path | None
) -> tuple[Truth, str]:
    """Open what says where targets are, and call it by its name."""
    tables = [
        file for place in (folder, folder / 'annotations') if place.is_dir()
        for file in sorted(place.iterdir()) if file.suffix.lower() in ('.json', '.csv')
    ]  # fmt: skip
    if given is not None:
        tables = [given] if given.is_file() else []
        masks = [] if given.is_file() else masks
    if masks:  # beside them a folder may hold tables of other things
        tables = [file for file in tables if _speaks_of_targets(file)]
    if masks and tables or len(tables) > 1:
        found = [counted(len(masks), 'mask')] if masks else []
        found += [f'"{file.name}"' for file in tables]
        raise ValueError(
            f'"{folder}" holds {" and ".join(found)}; --annotations says which of them counts'
        )
    if masks:
        mask_folder = given if given is not None else folder
        return MaskFiles(frames, masks, folder, mask_folder), counted(len(masks), 'mask')
    if not tables:
        raise ValueError(
            f'"{folder}" holds {counted(len(frames), "frame")} and no masks. {_EXPECTED}'
        )
    (table,) = tables
    if table.suffix.lower() == '.json':
        return CocoMasks(table, frames, folder), f'masks drawn from "{table.name}"'
    if table.suffix.lower() == '.csv':
        return PointMasks(table, frames, folder), f'masks grown from points in "{table.name}"'
    raise ValueError(f'"{table}" says nothing of targets. {_EXPECTED}')
