"""A frame of a camera, and the names in which a folder speaks of it."""

import re
from pathlib import Path
from typing import NamedTuple

#: Names of folders that hold frames, and of those that hold their masks.
IMAGE_FOLDERS = ('images', 'image', 'imgs', 'img', 'frames')
MASK_FOLDERS = ('masks', 'mask', 'labels', 'label', 'gt', 'ground_truth', 'truths', 'annotations')
#: Words at the beginning or the end of a name that say what a picture is, not which one.
_WORD = r'(?:mask|masks|gt|label|labels|seg|truth|pixels0|image|img|frame|ir)'
_WORDS = re.compile(rf'^{_WORD}[_-]|[_-]{_WORD}$', re.I)
_MASK_ENDING = re.compile(r'[_-](?:mask|masks|gt|label|labels|seg|truth|pixels0)$', re.I)
_NUMBER = re.compile(r'(\d+)(?!.*\d)')


class Frame(NamedTuple):
    """A picture, and where it belongs.

    Attributes:
        name (str): Path below the folder of all frames without suffix, as split lists have it.
        file (Path): The picture.
        recording (str): Sub-folder, and the name without its last number.
        number (int): That number: the place in the recording.
    """

    name: str
    file: Path
    recording: str
    number: int


def place_of(file: Path, folder: Path) -> str:
    """Folders between a file and the one that was given, less those that say what it is."""
    parts = file.relative_to(folder).parent.parts
    return '/'.join(p for p in parts if p.lower() not in (*IMAGE_FOLDERS, *MASK_FOLDERS))


def plain_stem(stem: str) -> str:
    """A name without the words that say what a picture is: 'mask_0001' is '0001'."""
    return _WORDS.sub('', _WORDS.sub('', stem))


def frame_of(file: Path, root: Path, folder: Path) -> Frame:
    """Describe a picture.

    Args:
        file (Path): The picture.
        root (Path): Folder of all frames.
        folder (Path): What the user gave.

    Returns:
        Frame: Its names; 'frames' is the recording of pictures that have nothing but numbers.
    """
    number = _NUMBER.search(file.stem)
    series = (file.stem[: number.start()] if number else file.stem).rstrip('_-. ')
    recording = '/'.join(filter(None, (place_of(file, folder), series))) or 'frames'
    name = file.relative_to(root).with_suffix('').as_posix()
    return Frame(name, file, recording, int(number[1]) if number else 0)


def is_mask(file: Path, folder: Path, stems: set[tuple[Path, str]]) -> bool:
    """Tell masks from frames by where they lie, or by names that end in a word such as '_mask'.

    Args:
        file (Path): A picture.
        folder (Path): What the user gave.
        stems (set[tuple[Path, str]]): Folder and stem of all pictures.

    Returns:
        bool: Whether it is a mask.
    """
    if any(part.lower() in MASK_FOLDERS for part in file.relative_to(folder).parent.parts):
        return True
    beside = file.parent, _MASK_ENDING.sub('', file.stem)
    return beside[1] != file.stem and beside in stems


def some(items: list[str], limit: int = 5) -> str:
    """The first few of many, for a message."""
    more = f' and {len(items) - limit} more' if len(items) > limit else ''
    return ', '.join(items[:limit]) + more
