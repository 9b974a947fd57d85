"""Drawing on images: their visible form, and framed targets."""

from collections.abc import Sequence

import cv2
import numpy as np

COLOUR = (80, 220, 80)  # BGR


def as_display_image(image: np.ndarray) -> np.ndarray:
    """Turn an image of any depth into what can be shown.

    Args:
        image (np.ndarray): Image of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4). Anything but
            uint8 is stretched from its own darkest to its own brightest value.

    Returns:
        np.ndarray: uint8 image of shape (H, W, 3).
    """
    if image.dtype != np.uint8:
        low, high = float(image.min()), float(image.max())
        scaled = (image.astype(np.float32) - low) * (255.0 / max(high - low, 1e-6))
        image = scaled.round().astype(np.uint8)
    if image.ndim == 2:
        image = image[..., None]
    return np.ascontiguousarray(
        image[..., :3] if image.shape[2] >= 3 else image[..., :1].repeat(3, axis=2)
    )


def draw_boxes(
    grey: np.ndarray, boxes: Sequence[tuple[int, int, int, int]], labels: Sequence[str]
) -> np.ndarray:
    """Frame targets, with a text beside each.

    Args:
        grey (np.ndarray): Grey levels (H, W), float32. Levels beyond 0..255, or that use little
            of it, are stretched to the range.
        boxes (Sequence[tuple[int, int, int, int]]): First column and row, width and height of
            each target.
        labels (Sequence[str]): Text of each.

    Returns:
        np.ndarray: uint8 (H, W, 3), BGR.
    """
    low, high = (float(value) for value in (grey.min(), grey.max()))
    if low < 0 or high > 255 or high - low < 64:
        grey = (grey - low) * (255 / max(high - low, 1e-6))
    picture = cv2.cvtColor(np.rint(grey).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    for (x, y, width, height), label in zip(boxes, labels, strict=True):
        # Targets are of a few pixels: the frame keeps away from them.
        corner, other = (x - 5, y - 5), (x + width + 4, y + height + 4)
        cv2.rectangle(picture, corner, other, COLOUR, 1)
        left = x - 5 if x + width + 30 < picture.shape[1] else x - 25
        place = (max(0, left), y - 8 if y > 20 else y + height + 16)
        cv2.putText(picture, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.35, COLOUR, 1, cv2.LINE_AA)
    return picture
