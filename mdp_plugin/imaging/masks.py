"""Masks of targets."""

import cv2
import numpy as np


def label_targets(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the 8-connected targets of a binary mask.

    Only the bounding box of all targets is searched: targets are few and small, and labelling
    the whole image would be the dearest step of a training pipeline.

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
