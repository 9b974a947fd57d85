"""Masks of targets: the one rule of what a mask is, and its targets."""

import cv2
import numpy as np


def without_alpha(image: np.ndarray) -> np.ndarray:
    """Take the channels of a picture that hold grey or colour.

    Args:
        image (np.ndarray): (H, W) or (H, W, C), OpenCV's order: two and four channels end in
            alpha.

    Returns:
        np.ndarray: (H, W, 1) or (H, W, 3), a view.
    """
    if image.ndim == 2:
        return image[..., None]
    return image[..., : image.shape[2] - (image.shape[2] in (2, 4))]


def binary_mask(mask: np.ndarray, *, threshold: int = 127) -> np.ndarray:
    """Tell target from background in a mask as its authors drew it.

    - Of several channels the largest counts, alpha is dropped.
    - A mask with at most one value besides zero is binary, and that value is target: masks of
      0/1, of 0/255 and of a palette or a colour mean the same.
    - In any other mask of 8 bit (grey rims) values above ``threshold`` are target. Deeper masks
      do not say which value is white, so theirs is counted in 255ths of their largest value.

    Args:
        mask (np.ndarray): (H, W) or (H, W, C) of any depth, OpenCV's order.
        threshold (int): Largest background value of a grey mask. Defaults to 127.

    Returns:
        np.ndarray: bool (H, W), true on targets.

    Raises:
        ValueError: If the mask holds a negative value or NaN.
    """
    mask = np.ascontiguousarray(without_alpha(mask).max(axis=2))
    if mask.dtype == np.bool_ or not mask.size:
        return mask.astype(bool)
    top = mask.max()
    if mask.dtype.kind != 'u' and not mask.min() >= 0:
        raise ValueError(f'a mask holds values of 0 and more, not {mask.min()}')
    if np.count_nonzero(mask) == np.count_nonzero(mask == top):
        return mask > 0
    return mask > (threshold if mask.dtype == np.uint8 else float(top) * threshold / 255)


def unlike_a_mask(mask: np.ndarray) -> str | None:
    """Tell pictures and inverted masks from masks of small targets.

    Args:
        mask (np.ndarray): As of :func:`binary_mask`.

    Returns:
        str | None: What is wrong with it; None if it may be a mask.
    """
    levels = without_alpha(mask).max(axis=2)
    top = float(levels.max()) if levels.size else 0.0
    if top > 1:
        # Compression and rims leave a few grey pixels; a picture has hardly any others.
        grey = np.mean((levels > 0.03 * top) & (levels < 0.97 * top))
        if grey > 0.25:
            return f'{grey:.0%} of its pixels are grey, as those of a picture'
    share = float(binary_mask(mask).mean()) if levels.size else 0.0
    return f'{share:.0%} of its pixels are target, as if it were inverted' if share > 0.5 else None


def label_targets(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the 8-connected targets of a binary mask.

    Only the bounding box of all targets is searched: targets are few and small, and labelling
    the whole image would take more time than any other step of a training pipeline.

    Args:
        mask (np.ndarray): uint8 mask of shape (H, W), non-zero on targets.

    Returns:
        tuple: ``labels``, int32 map of shape (H, W), 0 for background and 1..N for targets, and
        ``boxes``, int array of shape (N, 4) with each target's (x, y, width, height).
    """
    labels = np.zeros(mask.shape, np.int32)
    x, y, w, h = cv2.boundingRect(mask)
    if w == 0:
        return labels, np.zeros((0, 4), np.int64)
    roi = np.ascontiguousarray(mask[y : y + h, x : x + w])
    _, roi_labels, stats, _ = cv2.connectedComponentsWithStats(roi, connectivity=8)
    labels[y : y + h, x : x + w] = roi_labels
    return labels, stats[1:, :4].astype(np.int64) + np.array([x, y, 0, 0])
