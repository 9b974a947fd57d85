"""Pixel-level counts of one image and the figures made of them."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

EMPTY_IMAGE_RULES = ('one', 'zero', 'skip')


class PixelCounts(NamedTuple):
    """Pixels of one image (or of a set, summed) by prediction and truth.

    Attributes:
        tp (int): Target pixels that are predicted.
        fp (int): Background pixels that are predicted.
        fn (int): Target pixels that are missed.
        num_pixels (int): All pixels.
    """

    tp: int
    fp: int
    fn: int
    num_pixels: int

    @property
    def union(self) -> int:
        """Pixels that are predicted, target, or both."""
        return self.tp + self.fp + self.fn


def check_mask_pair(pred: np.ndarray, target: np.ndarray) -> None:
    """Refuse anything but two boolean masks of one shape.

    Args:
        pred (np.ndarray): Predicted mask, (H, W) bool.
        target (np.ndarray): True mask, (H, W) bool.

    Raises:
        TypeError: A mask is not boolean. A 0/255 mask would be counted wrong.
        ValueError: The masks are not two-dimensional or differ in shape.
    """
    for name, mask in (('pred', pred), ('target', target)):
        if mask.dtype != np.bool_:
            raise TypeError(f'{name} must be a boolean mask, not {mask.dtype}; compare it first')
        if mask.ndim != 2:
            raise ValueError(f'{name} must be (H, W), not of shape {mask.shape}')
    if pred.shape != target.shape:
        raise ValueError(f'pred is {pred.shape} but target is {target.shape}; resample one of them')


def count_pixels(pred: np.ndarray, target: np.ndarray) -> PixelCounts:
    """Count one image.

    Args:
        pred (np.ndarray): Predicted mask, (H, W) bool.
        target (np.ndarray): True mask, (H, W) bool.

    Returns:
        PixelCounts: Integer counts.

    Raises:
        TypeError: See :func:`check_mask_pair`.
        ValueError: See :func:`check_mask_pair`.
    """
    check_mask_pair(pred, target)
    tp = int(np.count_nonzero(pred & target))
    return PixelCounts(
        tp=tp,
        fp=int(np.count_nonzero(pred)) - tp,
        fn=int(np.count_nonzero(target)) - tp,
        num_pixels=pred.size,
    )


def sum_pixel_counts(counts: Sequence[PixelCounts]) -> PixelCounts:
    """Add the counts of several images.

    Args:
        counts (Sequence[PixelCounts]): One item per image, possibly none.

    Returns:
        PixelCounts: Their sum.
    """
    return PixelCounts(
        *(sum(column) for column in zip(*counts, PixelCounts(0, 0, 0, 0), strict=True))
    )


def ratio(numerator: float, denominator: int) -> float:
    """Divide two counts; nothing out of nothing is undefined, not zero.

    Args:
        numerator (float): Upper count, or sum of shares.
        denominator (int): Lower count.

    Returns:
        float: The quotient, ``nan`` where the denominator is 0.
    """
    return numerator / denominator if denominator else math.nan


def intersection_over_union(counts: PixelCounts) -> float:
    r"""IoU of the target class: :math:`TP / (TP + FP + FN)`.

    Over a set it is taken from the summed counts, as in ACM (Dai et al., WACV 2021, "IoU"). It is
    not the mean with the background's IoU that segmentation toolboxes call mIoU.

    Args:
        counts (PixelCounts): Counts of an image or summed counts of a set.

    Returns:
        float: IoU in 0..1, ``nan`` where nothing is predicted and nothing is there.
    """
    return ratio(counts.tp, counts.union)


def normalized_iou(counts: Sequence[PixelCounts], empty_image: str = 'one') -> float:
    r"""nIoU: the mean over images of :math:`TP_i / (TP_i + FP_i + FN_i)`.

    Introduced by ACM (Dai et al., WACV 2021). The papers leave open what an image counts
    where nothing is predicted and nothing is there, hence the rule:

    - ``one``: 1, the prediction is perfect.
    - ``zero``: 0, what ACM's code computes (0 / (eps + 0)).
    - ``skip``: images without target are left out, whatever is predicted on them.

    An image without target but with a prediction counts 0 under ``one`` and ``zero``. The mean is
    the correctly rounded sum (``math.fsum``), so the order of the images cannot change it.

    Args:
        counts (Sequence[PixelCounts]): One item per image.
        empty_image (str): Rule for images without target. Defaults to ``one``.

    Returns:
        float: nIoU in 0..1, ``nan`` where no image is left to average.

    Raises:
        ValueError: The rule is unknown.
    """
    if empty_image not in EMPTY_IMAGE_RULES:
        raise ValueError(f'empty_image must be one of {EMPTY_IMAGE_RULES}, not {empty_image!r}')
    if empty_image == 'skip':
        counts = [item for item in counts if item.tp + item.fn]
    if not counts:
        return math.nan
    of_nothing = 1.0 if empty_image == 'one' else 0.0
    return math.fsum(c.tp / c.union if c.union else of_nothing for c in counts) / len(counts)


def precision(counts: PixelCounts) -> float:
    """Share of the predicted pixels that are target: TP / (TP + FP).

    Args:
        counts (PixelCounts): Counts of an image or summed counts of a set.

    Returns:
        float: Precision in 0..1. 0 where nothing is predicted though targets are there (a network
        that has not learnt yet), ``nan`` where there are no targets either.
    """
    if counts.tp + counts.fp == 0 and counts.fn:
        return 0.0
    return ratio(counts.tp, counts.tp + counts.fp)


def recall(counts: PixelCounts) -> float:
    """Share of the target pixels that are predicted: TP / (TP + FN).

    Args:
        counts (PixelCounts): Counts of an image or summed counts of a set.

    Returns:
        float: Recall in 0..1, ``nan`` where there is no target pixel.
    """
    return ratio(counts.tp, counts.tp + counts.fn)


def f1_score(tp: int, fp: int, fn: int) -> float:
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

    Args:
        tp (int): Correct detections (pixels or targets).
        fp (int): False detections.
        fn (int): Misses.

    Returns:
        float: F1 in 0..1, ``nan`` where nothing is predicted and nothing is there.
    """
    return ratio(2 * tp, 2 * tp + fp + fn)
