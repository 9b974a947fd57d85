"""Pictures as files: the one reader of detector, metrics, reports and training."""

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..whole_files import write_whole
from .file_damage import find_damage
from .orientation import ORIENTATION, UPRIGHT, upright
from .strict_decoding import decoding_fault
from .tiff_files import is_tiff, read_pages

#: Suffixes of pictures that are read.
IMAGE_SUFFIXES = ('.png', '.bmp', '.tif', '.tiff', '.jpg', '.jpeg', '.pgm', '.webp')

#: Where a JPEG, PNG or WebP file has Exif data, one of these stands before it.
_EXIF = (b'Exif\0\0', b'eXIf', b'EXIF')


def read_image(path: str | Path) -> np.ndarray:
    """Read a picture at its own depth, turned as its orientation says.

    Args:
        path (str | Path): PNG, BMP, TIFF, JPEG and what else OpenCV reads.

    Returns:
        np.ndarray: (H, W) or (H, W, C), OpenCV's order.

    Raises:
        FileNotFoundError: If there is no such file.
        OSError: If it is no picture, a damaged one, or holds several pages.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'there is no file "{path}"')
    return decode_image(path.read_bytes(), str(path))


def decode_image(content: bytes, name: str) -> np.ndarray:
    """Decode the content of a picture's file, see :func:`read_image`.

    Args:
        content (bytes): The whole file.
        name (str): What an error message calls it.

    Returns:
        np.ndarray: (H, W) or (H, W, C), OpenCV's order.

    Raises:
        OSError: If it is no picture, a damaged one, or holds several pages.
    """
    fault = find_damage(content)
    if fault:
        raise OSError(f'cannot read "{name}" as an image: {fault}')
    if is_tiff(content):
        pages = list(read_pages(io.BytesIO(content), name, most=1))
        return pages[0]
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:  # a picture of more than 2^30 pixels
        raise OSError(f'cannot read "{name}" as an image: {error.err}') from error
    if image is None:
        raise OSError(f'cannot read "{name}" as an image')
    fault = decoding_fault(content)
    if fault:
        raise OSError(f'cannot read "{name}" as an image: {fault}')
    return upright(image, _exif_orientation(content))


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Write a PNG file that is whole or not there; OpenCV itself says nothing of a full disk.

    Args:
        path (Path): The file, of any name; its folder is made.
        picture (np.ndarray): uint8 or uint16, (H, W) or (H, W, 3) in OpenCV's order.

    Raises:
        OSError: If it cannot be written.
    """
    write_whole(path, cv2.imencode('.png', picture)[1].tobytes(), lasting=False)


def _exif_orientation(content: bytes) -> int:
    """How a JPEG, PNG or WebP file says that it is turned; OpenCV ignores it at full depth."""
    if not any(mark in content for mark in _EXIF):
        return UPRIGHT
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.getexif().get(ORIENTATION, UPRIGHT)
    except Exception:  # damaged Exif data, for which Pillow has many errors
        return UPRIGHT
