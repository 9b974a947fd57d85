"""Images larger than memory allows at once: overlapping tiles, each predicted alone."""

from collections.abc import Callable

import numpy as np

#: Tiles begin at multiples of this. A network of stride 16 moves with its image only by such steps.
ALIGNMENT = 32


def tile_starts(length: int, tile: int, overlap: int) -> list[int]:
    """First pixels of the tiles that cover a side; the last tile ends with it, and may be shorter.

    Args:
        length (int): Pixels of the side.
        tile (int): Pixels of a tile.
        overlap (int): Pixels that neighbouring tiles share, at least.

    Returns:
        list[int]: Ascending multiples of :data:`ALIGNMENT`.
    """
    step = (tile - overlap) // ALIGNMENT * ALIGNMENT
    return list(range(0, max(1, length - tile + step), step))


def predict_tiled(
    predict: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    *,
    tile: int = 1024,
    overlap: int = 256,
) -> np.ndarray:
    """Predict an image in tiles.

    Each overlap is shared out by halves, so that the borders of tiles, where the network lacks
    context, are not seen. Memory is that of one tile and of the image. The defaults are measured:
    see "Large frames" in docs/deployment.md.

    Args:
        predict (Callable): Maps a frame (H, W) to probabilities (H, W), such as an
            :class:`~mdp_plugin.deploy.ExportedDetector` that keeps the frame's size.
        image (np.ndarray): (H, W).
        tile (int): Height and width of a tile, 96 or more. Defaults to 1024.
        overlap (int): Pixels that neighbouring tiles share at least, from 32 to half of a tile.
            Defaults to 256.

    Returns:
        np.ndarray: Probabilities, float32 (H, W).

    Raises:
        ValueError: If the image has more than one channel, or the overlap does not fit the tile.
    """
    if image.ndim != 2:
        raise ValueError(f'the image must be (H, W), got {image.shape}')
    if not ALIGNMENT <= overlap <= tile // 2 or tile - overlap < ALIGNMENT:
        raise ValueError(
            f'overlap must lie between {ALIGNMENT} and half of the tile, got {overlap} of {tile}'
        )
    out = np.empty(image.shape, np.float32)
    rows, columns = (tile_starts(side, tile, overlap) for side in image.shape)
    for i, y in enumerate(rows):
        top, bottom = _core(rows, i, tile, image.shape[0])
        for j, x in enumerate(columns):
            left, right = _core(columns, j, tile, image.shape[1])
            probability = predict(image[y : y + tile, x : x + tile])
            out[top:bottom, left:right] = probability[top - y : bottom - y, left - x : right - x]
    return out


def _core(starts: list[int], index: int, tile: int, length: int) -> tuple[int, int]:
    """Range of pixels that a tile answers for: to the middle of each overlap."""
    begin = 0 if index == 0 else (starts[index] + starts[index - 1] + tile) // 2
    last = index == len(starts) - 1
    end = length if last else (starts[index + 1] + starts[index] + tile) // 2
    return begin, end
