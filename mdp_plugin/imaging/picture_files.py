"""Pictures as files."""

from pathlib import Path

import cv2
import numpy as np

from .strict_decoding import decoding_fault

#: Suffixes of pictures that OpenCV reads.
IMAGE_SUFFIXES = ('.png', '.bmp', '.tif', '.tiff', '.jpg', '.jpeg', '.pgm', '.webp')


def read_image(path: str | Path) -> np.ndarray:
    """Read a picture at its own depth.

    Args:
        path (str | Path): PNG, BMP, TIFF, JPEG and what else OpenCV reads.

    Returns:
        np.ndarray: (H, W) or (H, W, C), OpenCV's order.

    Raises:
        FileNotFoundError: If there is no such file.
        OSError: If it is no picture, or a damaged one.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'there is no file "{path}"')
    content = np.fromfile(path, np.uint8)
    if not len(content):
        raise OSError(f'"{path}" is empty')
    try:
        image = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    except cv2.error as error:  # a picture of more than 2^30 pixels
        raise OSError(f'cannot read "{path}" as an image: {error.err}') from error
    if image is None:
        raise OSError(f'cannot read "{path}" as an image')
    fault = decoding_fault(content.tobytes())
    if fault:
        raise OSError(f'cannot read "{path}" as an image: {fault}')
    return image
