"""Drawing on images: their visible form, and marks of hits, misses and false alarms.

Marks keep away from what they mark: targets are of a few pixels.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from .grey_levels import GreyLevels

Colour = tuple[int, int, int]

#: Found target, missed target, false alarm: green, red, yellow in OpenCV's order (BGR).
HIT: Colour = (90, 220, 90)
MISS: Colour = (70, 70, 255)
FALSE: Colour = (0, 200, 255)
#: A detection of which nobody knows yet whether it is a hit.
COLOUR = HIT
#: Misses and false alarms in writing on white paper.
MISS_INK, FALSE_INK = '#b00020', '#9a5b00'


def web_colour(colour: Colour) -> str:
    """A colour (BGR) as Matplotlib and browsers write it: '#rrggbb'."""
    return '#{2:02x}{1:02x}{0:02x}'.format(*colour)


def to_display(image: np.ndarray) -> np.ndarray:
    """Bring an image of any depth to 8 bit for display: what a network sees, no more, no less.

    Args:
        image (np.ndarray): (H, W) or (H, W, C). uint8 stays as it is, floats are grey levels of
            0..255; other types come to them by the defaults of
            :class:`~mdp_plugin.imaging.grey_levels.GreyLevels`.

    Returns:
        np.ndarray: uint8, of 8 bits and floats the same shape, otherwise (H, W).
    """
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind != 'f':
        image = GreyLevels()(image)
    return np.rint(np.nan_to_num(image)).clip(0, 255).astype(np.uint8)


def as_display_image(image: np.ndarray) -> np.ndarray:
    """Turn an image of any depth and number of channels into what can be shown.

    Args:
        image (np.ndarray): (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) of any depth, see
            :func:`to_display`.

    Returns:
        np.ndarray: uint8 image of shape (H, W, 3).
    """
    image = to_display(image)
    if image.ndim == 2:
        image = image[..., None]
    return np.ascontiguousarray(
        image[..., :3] if image.shape[2] >= 3 else image[..., :1].repeat(3, axis=2)
    )


def enlarge(image: np.ndarray, factor: int) -> np.ndarray:
    """Repeat the pixels of an image (H, W) or (H, W, C) a whole number of times."""
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def frame(
    picture: np.ndarray, box: tuple[int, int, int, int], colour: Colour, *, margin: int = 4
) -> None:
    """Draw a rectangle around a box, in place.

    Args:
        picture (np.ndarray): uint8 (H, W, 3).
        box (tuple[int, int, int, int]): First column and row, width and height.
        colour (tuple[int, int, int]): In the order of the picture's channels.
        margin (int): Pixels between box and frame. Defaults to 4.
    """
    x, y, width, height = (int(value) for value in box)
    corner = (x - margin - 1, y - margin - 1)
    cv2.rectangle(picture, corner, (x + width + margin, y + height + margin), colour, 1)


def ring(picture: np.ndarray, region: np.ndarray, colour: Colour, *, factor: int = 1) -> None:
    """Draw a circle around a region, in place.

    Args:
        picture (np.ndarray): uint8 (factor * H, factor * W, 3).
        region (np.ndarray): bool (H, W), not empty.
        colour (tuple[int, int, int]): In the order of the picture's channels.
        factor (int): By how much the picture is enlarged. Defaults to 1.
    """
    rows, columns = np.nonzero(region)
    y, x = ((places.mean() + 0.5) * factor for places in (rows, columns))
    reach = max(np.ptp(rows), np.ptp(columns)) + 1
    radius = int(factor * (0.7 * reach + 5))
    cv2.circle(picture, (int(x), int(y)), radius, colour, 2, cv2.LINE_AA)


def outline(picture: np.ndarray, region: np.ndarray, colour: Colour, *, factor: int = 1) -> None:
    """Draw the border of regions, one pixel outside of them, in place.

    Args:
        picture (np.ndarray): uint8 (factor * H, factor * W, 3).
        region (np.ndarray): bool (H, W).
        colour (tuple[int, int, int]): In the order of the picture's channels.
        factor (int): By how much the picture is enlarged. Defaults to 1.
    """
    large = enlarge(region.astype(np.uint8), factor)
    picture[(cv2.dilate(large, np.ones((3, 3), np.uint8)) - large) > 0] = colour


def draw_boxes(
    image: np.ndarray, boxes: Sequence[tuple[int, int, int, int]], labels: Sequence[str]
) -> np.ndarray:
    """Frame targets, with a text beside each.

    Args:
        image (np.ndarray): Image of any depth, see :func:`as_display_image`.
        boxes (Sequence[tuple[int, int, int, int]]): First column and row, width and height of
            each target.
        labels (Sequence[str]): Text of each.

    Returns:
        np.ndarray: uint8 (H, W, 3), BGR.
    """
    picture = as_display_image(image).copy()
    for box, label in zip(boxes, labels, strict=True):
        frame(picture, box, COLOUR)
        x, y, width, height = box
        left = x - 5 if x + width + 30 < picture.shape[1] else x - 25
        place = (max(0, left), y - 8 if y > 20 else y + height + 16)
        cv2.putText(picture, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.35, COLOUR, 1, cv2.LINE_AA)
    return picture
