"""One rule for the grey levels of images of any kind."""

import cv2
import numpy as np

#: Value of a 16-bit image that counts as white unless a camera's own is given.
WHITE_LEVEL = 65535.0


def to_grey(
    image: np.ndarray, *, white_level: float = WHITE_LEVEL, name: str = 'image'
) -> np.ndarray:
    """Bring an image to float32 grey levels in 0..255 units.

    Colour becomes luma of ITU-R BT.601 (0.299 R + 0.587 G + 0.114 B), computed in floating point
    without rounding; alpha is dropped. uint16 is divided by ``white_level / 255`` and keeps its
    fraction, so no depth is lost. Floating-point images are taken to be in 0..255 units.

    Args:
        image (np.ndarray): (H, W) or (H, W, C), C of 1 to 4 in OpenCV's order (grey; grey and
            alpha; BGR; BGRA); uint8, uint16, bool or floating.
        white_level (float): Value of a uint16 image that becomes 255, e.g. 16383 for a 14-bit
            camera. Defaults to 65535.
        name (str): What the image is called in an error message. Defaults to 'image'.

    Returns:
        np.ndarray: float32 (H, W), always a new array.

    Raises:
        TypeError: If an image has a dtype or a number of channels that has no grey level.
    """
    if image.dtype == np.uint8 or np.issubdtype(image.dtype, np.floating):
        grey = image.astype(np.float32)
    elif image.dtype == np.uint16:
        grey = image.astype(np.float32) * np.float32(255.0 / white_level)
    elif image.dtype == np.bool_:
        grey = image.astype(np.float32) * np.float32(255)
    else:
        raise TypeError(
            f'{name} has dtype {image.dtype}; expected uint8, uint16, bool or a floating '
            'type. Convert the image to one of them.'
        )
    if grey.ndim == 2:
        return grey
    channels = grey.shape[2] if grey.ndim == 3 else None
    if channels in (1, 2):
        return np.ascontiguousarray(grey[..., 0])
    if channels in (3, 4):
        return cv2.cvtColor(grey, cv2.COLOR_BGR2GRAY if channels == 3 else cv2.COLOR_BGRA2GRAY)
    raise TypeError(
        f'{name} has shape {image.shape}; expected (H, W) or (H, W, C) with 1 to 4 channels'
    )
