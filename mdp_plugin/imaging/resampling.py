"""Changing the size of images, masks and maps: one rule for the kernels of each."""

import cv2
import numpy as np

#: Kernels of images by their names; both take half-pixel centres.
KERNELS = {'bilinear': cv2.INTER_LINEAR, 'nearest': cv2.INTER_NEAREST_EXACT}


def resize_image(
    img: np.ndarray, scale: tuple[int, int], interpolation: str = 'bilinear'
) -> np.ndarray:
    """Resample an image on half-pixel centres.

    Args:
        img (np.ndarray): Image of shape (H, W) or (H, W, C).
        scale (tuple[int, int]): New (width, height).
        interpolation (str): Key of :data:`KERNELS`. Defaults to 'bilinear'.

    Returns:
        np.ndarray: Image of shape (height, width) or (height, width, C), same dtype; the input
        itself when it has that size already.
    """
    if img.shape[1::-1] == tuple(scale):
        return img
    return cv2.resize(img, scale, interpolation=KERNELS[interpolation])


def resize_mask(mask: np.ndarray, scale: tuple[int, int]) -> np.ndarray:
    """Resample a label map by the nearest neighbour on the same half-pixel centres.

    ``cv2.INTER_NEAREST``, which mmcv calls 'nearest', takes the floor of the source coordinate
    and so moves the mask by up to half a pixel against the bilinear image; on targets of four or
    five pixels that costs tens of points of IoU. ``INTER_NEAREST_EXACT`` does not.

    Args:
        mask (np.ndarray): Label map of shape (H, W), bool ones included.
        scale (tuple[int, int]): New (width, height).

    Returns:
        np.ndarray: Label map of shape (height, width), same dtype; the input itself when it has
        that size already.
    """
    if mask.dtype == bool:  # a type that OpenCV does not have
        return resize_image(mask.view(np.uint8), scale, 'nearest').view(bool)
    return resize_image(mask, scale, 'nearest')


def resize_probability(probability: np.ndarray, scale: tuple[int, int]) -> np.ndarray:
    """Resample a probability map bilinearly, on the half-pixel centres of images.

    Args:
        probability (np.ndarray): Map of shape (H, W), float32 in 0..1.
        scale (tuple[int, int]): New (width, height).

    Returns:
        np.ndarray: Map of shape (height, width), float32 in 0..1; the input itself when it has
        that size already.
    """
    resized = resize_image(probability, scale)
    # Rounding may leave 0..1 by one unit in the last place.
    return resized if resized is probability else resized.clip(0, 1)


def largest_of_cells(values: np.ndarray, step: int) -> np.ndarray:
    """Make a map smaller, each cell being its largest value: peaks of a few pixels survive.

    Args:
        values (np.ndarray): (H, W), uint8 or float32.
        step (int): Side of a cell in pixels; those at the right and the bottom may be cut off.

    Returns:
        np.ndarray: (ceil(H / step), ceil(W / step)).
    """
    largest = cv2.dilate(values, np.ones((step, step), np.uint8), anchor=(0, 0))
    return largest[::step, ::step]
