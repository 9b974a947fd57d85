"""How a picture is turned: the tag of TIFF and Exif."""

import numpy as np

#: Number of the tag, in TIFF and Exif alike.
ORIENTATION = 274
#: Its value for a picture that is shown as it is stored.
UPRIGHT = 1


def upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """Turn a picture as it is meant to be seen.

    Args:
        image (np.ndarray): (H, W) or (H, W, C), as stored.
        orientation (int): Value of the tag; one that is unknown leaves the picture as it is.

    Returns:
        np.ndarray: (H, W, ...) or (W, H, ...), contiguous.
    """
    if orientation in (5, 6, 7, 8):
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
