"""Where frames come from: files, folders, patterns, multi-page pictures and videos."""

import contextlib
import glob
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np

from ..imaging.live_video import LiveVideo
from ..imaging.picture_files import IMAGE_SUFFIXES, read_image
from ..imaging.tiff_files import has_several_pages, is_tiff, read_pages
from ..imaging.video_files import VIDEO_SUFFIXES, read_video, video_header
from .file_list import FileList
from .remote_files import fetched, find_remote, is_remote, remote_state, split_remote

#: Folder of pictures with framed targets, beside the record of `mdpnet detect`.
OVERLAYS = 'overlays'
#: The record of `mdpnet detect`.
RECORD = 'record.jsonl'

#: What tells a file from others, and from what it was: absolute path, size, time of change.
State = tuple[str, int, int]


class Source(NamedTuple):
    """A file that holds one frame or several, or a folder of pictures that follow each other.

    Attributes:
        path (Path): The file or folder; of a file in another storage its own name.
        name (str): How results call it: its path relative to what was asked for.
        pictures (tuple[Source, ...]): Those of a folder, one frame each, in their order.
        url (str | None): Its address in another storage; None if it is on this machine.
        live (LiveVideo | None): A stream, whose frames come while they are made; None of files.
    """

    path: Path
    name: str
    pictures: tuple['Source', ...] = ()
    url: str | None = None
    live: LiveVideo | None = None

    @contextlib.contextmanager
    def at_hand(self) -> Iterator[Path]:
        """A file on this machine for as long as it is read: this one, or a copy.

        Raises:
            ImportError: If what reads the storage is not installed.
            OSError: If the storage cannot be read.
            WriteError: If there is no room for the copy.
        """
        if self.url is None:
            yield self.path
        else:
            with fetched(self.url) as path:
                yield path

    @property
    def is_video(self) -> bool:
        """Whether its frames follow each other in time."""
        if self.live:
            return True
        return not self.pictures and self.path.suffix.lower() in VIDEO_SUFFIXES

    def rate(self) -> float | None:
        """Usual frames a second of a video; None of pictures and of streams that do not say it.

        Raises:
            ImportError: If it is a video, and PyAV is not installed.
            OSError: If it is a video that cannot be read.
        """
        if self.live:
            return self.live.rate
        if not self.is_video:
            return None
        with self.at_hand() as path:
            return video_header(path).rate

    def place_of(self, frame: int) -> tuple['Source', int]:
        """The file that holds a frame, and the frame's place in it.

        Args:
            frame (int): Index of the frame.
        """
        return (self.pictures[frame], 0) if self.pictures else (self, frame)

    def state(self) -> State:
        """What tells it from other files, and from what it was before it was changed.

        Returns:
            tuple[str, int, int]: Absolute path, size in bytes and time of change in nanoseconds; of
            a file in another storage see
            :func:`~mdp_plugin.detection.remote_files.remote_state`.

        Raises:
            FileNotFoundError: If it is gone.
        """
        if self.live:
            return self.name, 0, self.live.begun
        if self.pictures:
            states = [picture.state() for picture in self.pictures]
            # In place of the time, a number that stands for all files, their times and their order.
            number = int(hashlib.sha256(repr(states).encode()).hexdigest()[:15], 16)
            return os.path.abspath(self.path), sum(size for _, size, _ in states), number
        if self.url is not None:
            return remote_state(self.url)
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


class _Sources(Sequence[Source]):
    """Files of a list, each made when it is asked for."""

    def __init__(self, files: FileList) -> None:
        self._files = files

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, number: int) -> Source: ...

    @overload
    def __getitem__(self, number: slice) -> list[Source]: ...

    def __getitem__(self, number: int | slice) -> Source | list[Source]:
        chosen = range(len(self))[number]
        if isinstance(chosen, range):
            return [_source(*self._files[index]) for index in chosen]
        return _source(*self._files[chosen])


def _source(path: str, name: str) -> Source:
    if is_remote(path):
        return Source(Path(split_remote(path)[1]), name, url=path)
    return Source(Path(path), name)


def find_sources(
    inputs: Sequence[str], out: Path | None = None, *, sequences: bool = False
) -> Sequence[Source]:
    """List the files that inputs name, each once.

    Args:
        inputs (Sequence[str]): Files, folders (searched to their bottom for files with the suffix
            of a picture or a video), patterns such as ``frames/*.tif``, lists of files, one a
            line, such as ``@frames.txt``, and addresses of any of these but lists in another
            storage, such as ``s3://bucket/frames``.
        out (Path, optional): Where `mdpnet detect` writes to. Defaults to None.
        sequences (bool): Take the pictures of one folder together, as frames of one sequence in
            natural order. Defaults to False.

    Returns:
        Sequence[Source]: In the order of the inputs, those of a folder or pattern in natural order,
        frame 10 after frame 2, those of a list in its order; names are unique. Overlays of
        `mdpnet detect` are left out. It takes some tens of bytes a file.

    Raises:
        FileNotFoundError: If an input names nothing.
        ImportError: If what reads another storage is not installed.
        ValueError: If a list is none, or sequences are to be made of files in another storage.
    """
    files = FileList()
    for text in inputs:
        before = len(files)
        overlays = 0
        for path, name in _named_by(text):
            if not is_remote(path) and is_overlay(Path(path), out):
                overlays += 1
            else:
                files.add(path, name)
        if len(files) == before:
            folder = not is_remote(text) and Path(text).is_dir()
            what = 'holds no picture or video' if folder else 'names no file'
            but = f' (but {overlays} overlays of `mdpnet detect`)' if overlays else ''
            raise FileNotFoundError(f'"{text}" {what}{but}')
    files = files.once()
    files.name_apart()
    return _in_sequences(_Sources(files)) if sequences else _Sources(files)


def live_source(live: LiveVideo) -> Source:
    """Make a source of a stream; to look at it again is something new."""
    return Source(Path(live.name), live.name, live=live)


def _named_by(text: str) -> Iterator[tuple[str, str]]:
    """Paths and names of the files that an input names."""
    path = Path(text)
    if path.is_dir():
        yield from _in_folder(text, '')
    elif path.is_file():
        yield str(path), path.name
    elif is_remote(text):
        found = find_remote(text, (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES))
        yield from sorted(found, key=lambda file: natural_key(file[0]))
    elif text.startswith('@') and Path(text[1:]).is_file():
        yield from _in_list(Path(text[1:]))
    else:
        for match in sorted(glob.iglob(text, recursive=True), key=natural_key):
            if os.path.isfile(match):
                yield str(Path(match)), os.path.basename(match)


def _in_folder(folder: str, name: str) -> Iterator[tuple[str, str]]:
    """Pictures and videos below a folder, whose files' names begin so."""
    with contextlib.suppress(PermissionError):
        with os.scandir(folder) as entries:
            ordered = sorted(
                (entry.name for entry in entries
                 if entry.name.lower().endswith((*IMAGE_SUFFIXES, *VIDEO_SUFFIXES))
                 or entry.is_dir(follow_symlinks=False)),
                key=natural_key,
            )  # fmt: skip
        for own in ordered:
            path = os.path.join(folder, own)
            if os.path.isdir(path):
                if not os.path.islink(path):
                    yield from _in_folder(path, f'{name}{own}/')
            elif os.path.isfile(path):
                yield str(Path(path)), name + own


def _in_list(path: Path) -> Iterator[tuple[str, str]]:
    """Files that a list names, one a line, relative to the current folder or addresses."""
    with path.open('rb') as file:
        for number, line in enumerate(file):
            if b'\0' in line:
                raise ValueError(f'"{path}" is no list of files: one a line, in UTF-8')
            text = os.fsdecode(line.removeprefix(b'\xef\xbb\xbf') if number == 0 else line)
            text = text.rstrip('\r\n')
            if text:
                yield text, split_remote(text)[1] if is_remote(text) else os.path.basename(text)


def _in_sequences(sources: Sequence[Source]) -> list[Source]:
    """Put the pictures of one folder together, at the place of its first one."""
    for source in sources:
        if source.url is not None:
            raise ValueError(f'"{source.url}" is followed from frame to frame only as a copy here')
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
    names = FileList()
    for source in found:
        names.add(str(source.path), source.name)
    names.name_apart()
    return [source._replace(name=name) for source, (_, name) in zip(found, names, strict=True)]


def _sequence_of(folder: Path, pictures: list[Source]) -> Source:
    """The pictures of a folder as one sequence, named by their folder."""
    pictures = sorted(pictures, key=lambda picture: natural_key(str(picture.path)))
    inside = Path(pictures[0].name).parent.as_posix()
    return Source(folder, folder.name if inside == '.' else inside, tuple(pictures))


def is_overlay(file: Path, out: Path | None) -> bool:
    """Whether a file lies in the overlays of a folder of results, this run's or another one's."""
    place = os.path.abspath(file)
    if OVERLAYS not in place:  # of millions hardly one does
        return False
    file = Path(place)
    own = None if out is None else Path(os.path.abspath(out))
    return any(
        folder.name == OVERLAYS and (folder.parent == own or (folder.parent / RECORD).is_file())
        for folder in file.parents
    )


def natural_key(path: str) -> str:
    """Key that sorts numbers in names by their value: folder by folder, as one short text.

    After each part of a name comes a sign: before its end one that is below all letters, so that
    'a' comes before 'ab'; before a number a lower one than at the end of the name.
    """
    return ''.join(
        re.sub(r'\d+', _as_number, folder) + f'\0\2{folder}\0' for folder in Path(path).parts
    )


def _as_number(digits: re.Match[str]) -> str:
    """Digits so that they sort by their value."""
    value = str(int(digits[0]))
    return f'\0\1{chr(len(value))}{value}'


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
            rate = source.rate()
        except OSError:
            continue  # whoever reads its frames will say so
        if rate is not None:
            known.setdefault(round(rate, 3), source.name)
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
    if source.live:
        for image, seconds in source.live:
            yield Frame(image, seconds)
        return
    if source.pictures:
        for picture in source.pictures:
            yield Frame(read_image(picture.path), None)
        return
    with source.at_hand() as path:
        if source.is_video:
            for image, seconds in read_video(path):
                yield Frame(image, seconds)
            return
        with path.open('rb') as file:
            start = file.read(4)
        images = read_pages(path, str(path)) if is_tiff(start) else None
        for image in images or [read_image(path)]:
            yield Frame(image, None)
