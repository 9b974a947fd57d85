"""Where frames come from: files, folders, patterns, multi-page pictures and videos."""

import glob
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..imaging.picture_files import IMAGE_SUFFIXES, read_image
from ..imaging.tiff_files import has_several_pages, is_tiff, read_pages
from ..imaging.video_files import VIDEO_SUFFIXES, read_video, video_header

#: Folder of pictures with framed targets, beside the record of `mdpnet detect`.
OVERLAYS = 'overlays'
#: The record of `mdpnet detect`.
RECORD = 'record.jsonl'

#: What tells a file from others, and from what it was: absolute path, size, time of change.
State = tuple[str, int, int]


class Source(NamedTuple):
    """A file that holds one frame or several, or a folder of pictures that follow each other.

    Attributes:
        path (Path): The file or folder.
        name (str): How results call it: its path relative to what was asked for.
        pictures (tuple[Source, ...]): Those of a folder, one frame each, in their order.
    """

    path: Path
    name: str
    pictures: tuple['Source', ...] = ()

    @property
    def is_video(self) -> bool:
        """Whether its frames follow each other in time."""
        return not self.pictures and self.path.suffix.lower() in VIDEO_SUFFIXES

    def rate(self) -> float | None:
        """Usual frames a second of a video; None of pictures.

        Raises:
            ImportError: If it is a video, and PyAV is not installed.
            OSError: If it is a video that cannot be read.
        """
        return video_header(self.path).rate if self.is_video else None

    def place_of(self, frame: int) -> tuple['Source', int]:
        """The file that holds a frame, and the frame's place in it.

        Args:
            frame (int): Index of the frame.
        """
        return (self.pictures[frame], 0) if self.pictures else (self, frame)

    def state(self) -> State:
        """What tells it from other files, and from what it was before it was changed.

        Returns:
            tuple[str, int, int]: Absolute path, size in bytes and time of change in nanoseconds.

        Raises:
            FileNotFoundError: If it is gone.
        """
        if self.pictures:
            states = [picture.state() for picture in self.pictures]
            # In place of the time, a number that stands for all files, their times and their order.
            number = int(hashlib.sha256(repr(states).encode()).hexdigest()[:15], 16)
            return os.path.abspath(self.path), sum(size for _, size, _ in states), number
        about = self.path.stat()
        return os.path.abspath(self.path), about.st_size, about.st_mtime_ns


class Frame(NamedTuple):
    """A frame of a file.

    Attributes:
        image (np.ndarray): (H, W) or (H, W, C), OpenCV's order.
        seconds (float | None): Time from the first frame of a video; None of a picture.
    """

    image: np.ndarray
    seconds: float | None


def find_sources(
    inputs: Sequence[str], out: Path | None = None, *, sequences: bool = False
) -> list[Source]:
    """List the files that inputs name, each once.

    Args:
        inputs (Sequence[str]): Files, folders (searched to their bottom for files with the suffix
            of a picture or a video) and patterns such as ``frames/*.tif``.
        out (Path, optional): Where `mdpnet detect` writes to. Defaults to None.
        sequences (bool): Take the pictures of one folder together, as frames of one sequence in
            natural order. Defaults to False.

    Returns:
        list[Source]: In the order of the inputs, those of a folder or pattern in natural order,
        frame 10 after frame 2; names are unique. Overlays of `mdpnet detect` are left out.

    Raises:
        FileNotFoundError: If an input names nothing.
    """
    found: dict[str, Source] = {}
    for text in inputs:
        path = Path(text)
        if path.is_dir():
            files = [
                file
                for file in path.rglob('*')
                if file.suffix.lower() in (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES) and file.is_file()
            ]
            named = [Source(file, file.relative_to(path).as_posix()) for file in files]
        elif path.is_file():
            named = [Source(path, path.name)]
        else:
            matches = map(Path, glob.glob(text, recursive=True))
            named = [Source(file, file.name) for file in matches if file.is_file()]
        kept = [source for source in named if not _is_overlay(source.path, out)]
        if not kept:
            what = 'holds no picture or video' if path.is_dir() else 'names no file'
            but = f' (but {len(named)} overlays of `mdpnet detect`)' if named else ''
            raise FileNotFoundError(f'"{text}" {what}{but}')
        for source in sorted(kept, key=lambda source: _natural(source.path)):
            found.setdefault(os.path.abspath(source.path), source)
    named = _with_unique_names(found)
    return _in_sequences(named) if sequences else named


def _in_sequences(sources: list[Source]) -> list[Source]:
    """Put the pictures of one folder together, at the place of its first one."""
    of_folder: dict[Path, list[Source]] = {}
    ordered: list[Source | Path] = []
    for source in sources:
        folder = Path(os.path.abspath(source.path)).parent
        if source.is_video or has_several_pages(source.path):
            ordered.append(source)
        elif folder in of_folder:
            of_folder[folder].append(source)
        else:
            of_folder[folder] = [source]
            ordered.append(folder)
    found = [
        item if isinstance(item, Source) else _sequence_of(item, of_folder[item])
        for item in ordered
    ]
    return _with_unique_names({os.path.abspath(source.path): source for source in found})


def _sequence_of(folder: Path, pictures: list[Source]) -> Source:
    """The pictures of a folder as one sequence, named by their folder."""
    pictures = sorted(pictures, key=lambda picture: _natural(picture.path))
    inside = Path(pictures[0].name).parent.as_posix()
    return Source(folder, folder.name if inside == '.' else inside, tuple(pictures))


def _is_overlay(file: Path, out: Path | None) -> bool:
    """Whether a file lies in the overlays of a folder of results, this run's or another one's."""
    file = Path(os.path.abspath(file))
    own = None if out is None else Path(os.path.abspath(out))
    return any(
        folder.name == OVERLAYS and (folder.parent == own or (folder.parent / RECORD).is_file())
        for folder in file.parents
    )


def _natural(path: Path) -> list[tuple[tuple[int, int | str], ...]]:
    """Key that sorts numbers in names by their value."""
    return [
        tuple(
            (0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r'(\d+)', folder)
        ) + ((2, folder),)
        for folder in path.parts
    ]  # fmt: skip


def _with_unique_names(found: dict[str, Source]) -> list[Source]:
    """Tell files of one name apart by the folders in front of it."""
    count = Counter(source.name for source in found.values())
    twice = [path for path, source in found.items() if count[source.name] > 1]
    if not twice:
        return list(found.values())
    common = os.path.commonpath([os.path.dirname(path) for path in twice])
    renamed = {path: Path(os.path.relpath(path, common)).as_posix() for path in twice}
    taken = Counter(renamed.get(path, source.name) for path, source in found.items())
    return [
        source._replace(name=name if taken[name] == 1 else _whole(path))
        for path, source in found.items()
        for name in [renamed.get(path, source.name)]
    ]


def _whole(path: str) -> str:
    """An absolute path without its root, as a relative one."""
    return Path(path).relative_to(Path(path).anchor).as_posix()


def common_frame_rate(sources: Sequence[Source]) -> float | None:
    """Frames a second of videos.

    Args:
        sources (Sequence[Source]): Files.

    Returns:
        float | None: None if some are pictures, or none can be read.

    Raises:
        ImportError: If there is a video, and PyAV is not installed.
        ValueError: If two have different rates.
    """
    if not all(source.is_video for source in sources):
        return None
    known: dict[float, str] = {}
    for source in sources:
        try:
            known.setdefault(round(video_header(source.path).rate, 3), source.name)
        except OSError:
            continue  # whoever reads its frames will say so
    if len(known) > 1:
        (one, first), (other, second) = list(known.items())[:2]
        raise ValueError(
            f'"{first}" has {one:g} frames a second and "{second}" {other:g}; '
            'say with --frame-rate which one an hour is counted by'
        )
    return next(iter(known), None)


def read_frames(source: Source) -> Iterator[Frame]:
    """Read the frames of a file or a sequence, one at a time.

    Args:
        source (Source): The file or sequence.

    Yields:
        Frame: Its frames.

    Raises:
        ImportError: If it is a video, and PyAV is not installed.
        OSError: If the file cannot be read, is damaged, or holds fewer frames than it announces.
    """
    if source.is_video:
        for image, seconds in read_video(source.path):
            yield Frame(image, seconds)
        return
    if source.pictures:
        for picture in source.pictures:
            yield Frame(read_image(picture.path), None)
        return
    with source.path.open('rb') as file:
        start = file.read(4)
    images = read_pages(source.path, str(source.path)) if is_tiff(start) else None
    for image in images or [read_image(source.path)]:
        yield Frame(image, None)
