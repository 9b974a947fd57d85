"""Where a view of an image takes its tokens from: an image's tokens lie on a regular grid."""

from collections.abc import Sequence

import numpy as np

#: Pixels of a view for each token that it is given.
STRIDE = 8


def pixel_places(size: Sequence[int]) -> np.ndarray:
    """Say of every pixel of an image where it is.

    Args:
        size (Sequence[int]): Height and width.

    Returns:
        np.ndarray: Row and column as float32, (H, W, 2); pixel centres are whole numbers.
    """
    places = np.empty((size[0], size[1], 2), np.float32)
    places[..., 0] = np.arange(size[0], dtype=np.float32)[:, None]
    places[..., 1] = np.arange(size[1], dtype=np.float32)
    return places


def view_places(places: np.ndarray) -> np.ndarray:
    """Reduce the places of a view's pixels to those of its tokens.

    Args:
        places (np.ndarray): Of each pixel of the view in the image it is a view of, (H, W, 2).

    Returns:
        np.ndarray: The middles of its squares of :data:`STRIDE` pixels, (ceil(H/8), ceil(W/8), 2).
    """
    missing = [(0, -side % STRIDE) for side in places.shape[:2]]
    # Squares that reach over the border go on as they are: their middle is in the line.
    places = np.pad(places, (*missing, (0, 0)), mode='reflect', reflect_type='odd')
    low, high = STRIDE // 2 - 1, STRIDE // 2
    middle = places[low::STRIDE, low::STRIDE] + places[high::STRIDE, high::STRIDE]
    return middle / 2


def sample_tokens(tokens: np.ndarray, places: np.ndarray, cell: int) -> np.ndarray:
    """Read tokens of an image at some places, bilinearly.

    Args:
        tokens (np.ndarray): (h, w, C), each of ``cell`` x ``cell`` pixels of the image; may be
            mapped from a file, of which only what is needed is read.
        places (np.ndarray): Rows and columns in the image's pixels, (H', W', 2).
        cell (int): Pixels for each token.

    Returns:
        np.ndarray: float16 (C, H', W').
    """
    at = (places + 0.5) / cell - 0.5
    at = np.clip(at, 0, np.array(tokens.shape[:2]) - 1)
    first = np.floor(at.min((0, 1))).astype(int)
    last = np.ceil(at.max((0, 1))).astype(int)
    part = np.asarray(tokens[first[0] : last[0] + 1, first[1] : last[1] + 1], np.float32)
    at = at - first
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, np.array(part.shape[:2]) - 1)
    share = (at - low)[..., None]
    (top, left), (bottom, right) = np.moveaxis(low, -1, 0), np.moveaxis(high, -1, 0)
    down, along = share[..., 0, :], share[..., 1, :]
    upper = part[top, left] * (1 - along) + part[top, right] * along
    lower = part[bottom, left] * (1 - along) + part[bottom, right] * along
    return np.moveaxis(upper * (1 - down) + lower * down, -1, 0).astype(np.float16)
