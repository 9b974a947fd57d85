"""Where frames come from: files, folders, patterns, multi-page pictures and videos."""

import glob
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ..imaging.picture_files import IMAGE_SUFFIXES, read_image

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mjpg', '.mjpeg')


class Source(NamedTuple):
    """A file that holds one frame or several.

    Attributes:
        path (Path): The file.
        name (str): How results call it: its path relative to what was asked for.
    """

    path: Path
    name: str

    @property
    def is_video(self) -> bool:
        """Whether its frames follow each other in time."""
        return self.path.suffix.lower() in VIDEO_SUFFIXES


def find_sources(inputs: Sequence[str]) -> list[Source]:
    """List the files that inputs name.

    Args:
        inputs (Sequence[str]): Files, folders (searched to their bottom for files with the suffix
            of a picture or a video) and patterns such as ``frames/*.tif``.

    Returns:
        list[Source]: In the order of the inputs, those of a folder or pattern sorted; names are
        unique.

    Raises:
        FileNotFoundError: If an input names nothing.
    """
    found: dict[Path, str] = {}
    for text in inputs:
        path = Path(text)
        if path.is_dir():
            files = sorted(
                file
                for file in path.rglob('*')
                if file.is_file() and file.suffix.lower() in (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)
            )
            named = [(file, str(file.relative_to(path))) for file in files]
        elif path.is_file():
            named = [(path, path.name)]
        else:
            files = sorted(Path(name) for name in glob.glob(text, recursive=True))
            named = [(file, file.name) for file in files if file.is_file()]
        if not named:
            what = 'holds no picture or video' if path.is_dir() else 'names no file'
            raise FileNotFoundError(f'"{text}" {what}')
        for file, name in named:
            found.setdefault(file, name)
    count = Counter(found.values())
    # Two folders may hold files of one name: then the whole path tells them apart.
    return [
        Source(file, name if count[name] == 1 else file.as_posix().lstrip('/'))
        for file, name in found.items()
    ]


def read_frames(source: Source) -> Iterator[np.ndarray]:
    """Read the frames of a file, one at a time.

    Args:
        source (Source): The file.

    Yields:
        np.ndarray: (H, W) or (H, W, C), OpenCV's order.

    Raises:
        OSError: If the file cannot be read.
    """
    if source.is_video:
        video = cv2.VideoCapture(str(source.path))
        try:
            count = 0
            while True:
                there, frame = video.read()
                if not there:
                    break
                count += 1
                yield frame
            if not count:
                raise OSError(f'cannot read "{source.path}" as a video')
        finally:
            video.release()
        return
    pages = 1
    if source.path.suffix.lower() in ('.tif', '.tiff'):
        pages = max(1, cv2.imcount(str(source.path), cv2.IMREAD_UNCHANGED))
    if pages == 1:
        yield read_image(source.path)
        return
    for page in range(pages):
        there, frames = cv2.imreadmulti(str(source.path), page, 1, flags=cv2.IMREAD_UNCHANGED)
        if not there:
            raise OSError(f'cannot read page {page} of "{source.path}"')
        yield frames[0]


def frame_rate(source: Source) -> float:
    """Frames a second of a video; 25 where it does not say."""
    video = cv2.VideoCapture(str(source.path))
    rate = video.get(cv2.CAP_PROP_FPS)
    video.release()
    return rate if rate > 0 else 25.0
