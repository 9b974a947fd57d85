"""Read what a stranger has sent: every limit is checked before a pixel is decoded."""

import itertools
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from ..detection.sources import Source, read_frames
from ..imaging.picture_files import IMAGE_SUFFIXES
from ..imaging.video_files import VIDEO_SUFFIXES, video_header

#: Readers of headers. Pillow has far more than OpenCV decodes, and each is one more to trust.
FORMATS = ('PNG', 'TIFF', 'BMP', 'JPEG', 'PPM', 'WEBP')

#: How the containers of videos begin: place and bytes. A file that begins otherwise never reaches
#: FFmpeg, which would take a list of addresses for a video and open what it names.
SIGNATURES = (
    (8, b'AVI '),
    (4, b'ftyp'),
    (4, b'moov'),
    (4, b'mdat'),
    (4, b'wide'),
    (4, b'free'),
    (4, b'skip'),
    (0, b'\x1a\x45\xdf\xa3'),  # Matroska, WebM
    (0, b'\xff\xd8\xff'),  # Motion JPEG
)
#: Shortest side of a frame; the exported networks have the same limit.
SHORTEST = 32


class Limits(NamedTuple):
    """What an upload may hold.

    Attributes:
        megabytes (float): Size of the file.
        pixels (int): Pixels of all its frames together.
        frames (int): Frames that are kept; those after them are left out.
    """

    megabytes: float = 64.0
    pixels: int = 32_000_000
    frames: int = 100


class Upload(NamedTuple):
    """Decoded frames of a file.

    Attributes:
        name (str): Name of the file, without folders.
        frames (list[np.ndarray]): (H, W) or (H, W, C), OpenCV's order, of 8 or 16 bit.
        seconds (list[float | None]): Times of a video's frames; None of pictures.
        rate (float | None): Frames a second of a video; None for pictures.
        left_out (bool): Whether the file holds more frames than these.
    """

    name: str
    frames: list[np.ndarray]
    seconds: list[float | None]
    rate: float | None
    left_out: bool


def read_upload(path: str | Path, limits: Limits) -> Upload:
    """Read a picture, the pages of a TIFF or a video within limits.

    Args:
        path (str | Path): The file.
        limits (Limits): What it may hold.

    Returns:
        Upload: Its frames, of one size.

    Raises:
        OSError: If it cannot be read as what its name says.
        TypeError: If its pixels have no grey level.
        ValueError: If it exceeds a limit, or is of no kind that is read here.
    """
    path = Path(path)
    check_name_and_size(path.name, path.stat().st_size, limits)
    source = Source(path, path.name)
    width, height, count = _video_header(path) if source.is_video else _picture_header(path, limits)
    fit = limits.pixels // (width * height)
    if not fit:
        raise ValueError(
            f'"{path.name}" has {width} x {height} pixels; the limit is {limits.pixels:,} in all'
        )
    if min(width, height) < SHORTEST:
        raise ValueError(
            f'"{path.name}" has {width} x {height} pixels; {SHORTEST} on each side are needed'
        )
    kept = min(fit, limits.frames)
    try:
        read = list(itertools.islice(read_frames(source), kept))
    except (OSError, cv2.error) as error:
        # Their messages name the folder of the upload, which is nobody's business.
        raise OSError(f'"{path.name}" is damaged: it cannot be decoded') from error
    frames = [frame.image for frame in read]
    for frame in frames:
        _check_frame(frame, frames[0], path.name)
    rate = video_header(path).rate if source.is_video else None
    seconds = [frame.seconds for frame in read]
    return Upload(path.name, frames, seconds, rate, count > len(frames))


def check_name_and_size(name: str, size: int, limits: Limits) -> None:
    """Refuse a file by what is known before it is sent.

    Args:
        name (str): Its name, without folders.
        size (int): In bytes.
        limits (Limits): What it may hold.

    Raises:
        OSError: If it is empty.
        ValueError: If it is too large, or of no kind that is read here.
    """
    if Path(name).suffix.lower() not in (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES):
        raise ValueError(
            f'"{name}" is neither a picture ({" ".join(IMAGE_SUFFIXES)}) nor a video '
            f'({" ".join(VIDEO_SUFFIXES)})'
        )
    if not size:
        raise OSError(f'"{name}" is empty')
    if size > limits.megabytes * 1e6:
        raise ValueError(f'"{name}" has {size / 1e6:.1f} MB; the limit is {limits.megabytes:g} MB')


def delete_old_files(folder: Path, age: float) -> None:
    """Delete files that were written long ago.

    Gradio's own clean-up knows finished uploads only; what was broken off or refused would stay.

    Args:
        folder (Path): Searched to its bottom; folders stay.
        age (float): In seconds.
    """
    limit = time.time() - age
    for path in folder.rglob('*'):
        try:
            if path.is_file() and path.stat().st_mtime < limit:
                path.unlink()
        except FileNotFoundError:  # an upload that has just got its final name
            continue


def _picture_header(path: Path, limits: Limits) -> tuple[int, int, int]:
    """Largest width and height of the pages that will be read, and their number.

    The number is not counted further than one over the limit.
    """
    try:
        with warnings.catch_warnings():
            # Of many pixels, at a limit of its own, and of damages, which are found here as well.
            warnings.filterwarnings('ignore', module='PIL')
            with Image.open(path, formats=FORMATS) as picture:
                if path.suffix.lower() not in ('.tif', '.tiff'):
                    return *picture.size, 1
                # Turning pages reads headers only.
                pages = itertools.islice(ImageSequence.Iterator(picture), limits.frames + 1)
                sizes = [page.size for page in pages]
    except Image.DecompressionBombError as error:
        raise ValueError(
            f'"{path.name}" has too many pixels; the limit is {limits.pixels:,} in all'
        ) from error
    except UnidentifiedImageError as error:
        raise OSError(f'"{path.name}" is no picture, whatever its name says') from error
    except Exception as error:  # Pillow has many for damaged headers
        raise OSError(f'"{path.name}" is damaged: it has no readable header') from error
    return max(size[0] for size in sizes), max(size[1] for size in sizes), len(sizes)


def _video_header(path: Path) -> tuple[int, int, int]:
    """Width, height and number of frames that a video announces."""
    with path.open('rb') as file:
        start = file.read(16)
    if not any(start[at : at + len(text)] == text for at, text in SIGNATURES):
        raise OSError(f'"{path.name}" is no video, whatever its name says')
    try:
        header = video_header(path)
    except OSError as error:
        raise OSError(f'"{path.name}" is damaged, or its video format is unknown') from error
    return header.width, header.height, header.frames or round(header.seconds * header.rate)


def _check_frame(frame: np.ndarray, first: np.ndarray, name: str) -> None:
    """Refuse what the rest of the page cannot show."""
    if frame.shape[:2] != first.shape[:2]:
        raise ValueError(f'"{name}" holds frames of several sizes')
