"""Local signal-to-clutter ratio, the measure of how far a target stands out."""

import numpy as np
from scipy import ndimage

MARGIN = 10  # pixels of background on each side of the target's bounding box
GUARD = 2  # pixels around the mask that belong neither to target nor to background


def background_window(mask: np.ndarray) -> tuple[tuple[slice, slice], np.ndarray]:
    """Find the neighbourhood of a target in which clutter is measured.

    Args:
        mask (np.ndarray): bool (H, W), one target, not empty.

    Returns:
        tuple: Row and column slices of the bounding box grown by 10 pixels, and a bool array of
        that size which is true on background (further than 2 pixels from the mask).
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    window = (
        slice(max(rows[0] - MARGIN, 0), rows[-1] + MARGIN + 1),
        slice(max(columns[0] - MARGIN, 0), columns[-1] + MARGIN + 1),
    )
    near = ndimage.binary_dilation(mask[window], np.ones((3, 3), bool), iterations=GUARD)
    return window, ~near


def signal_to_clutter(image: np.ndarray, mask: np.ndarray) -> float:
    """Measure the signal-to-clutter ratio of one target in a finished image.

    ``SCR = (mean(target) - mean(background)) / std(background)`` with the background window of
    ``background_window`` (after Gao et al., "Infrared Patch-Image Model for Small Target
    Detection in a Single Image", IEEE TIP 2013, where the window is the target's neighbourhood).

    Args:
        image (np.ndarray): (H, W) grey image, any real type.
        mask (np.ndarray): bool (H, W), one target, not empty.

    Returns:
        float: The ratio; inf on a perfectly flat background.
    """
    window, background = background_window(mask)
    scene = image[window].astype(np.float64)
    clutter = scene[background]
    difference = scene[mask[window]].mean() - clutter.mean()
    with np.errstate(divide='ignore', invalid='ignore'):
        return float(difference / clutter.std())
