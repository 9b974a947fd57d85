"""Small data sets on disk and scenes whose image and mask show the same targets."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest


def _write(path: Path, array: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), array), path
    return path


@pytest.fixture
def write_image() -> Callable[[Path, np.ndarray], Path]:
    """Function that writes an array as an image and makes the folders for it."""
    return _write


@pytest.fixture
def sirst_like(tmp_path, monkeypatch) -> Path:
    """SIRST in small: eight images of 40x48 with one target each, three splits."""
    root = tmp_path / 'SIRST'
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path))
    rng = np.random.default_rng(0)
    for index in range(8):
        mask = np.zeros((40, 48), np.uint8)
        mask[10 + index : 13 + index, 20:24] = 255
        img = rng.integers(20, 60, mask.shape).astype(np.uint8)
        img[mask > 0] = 200 + index
        _write(root / f'images/Misc_{index}.png', img)
        _write(root / f'masks/Misc_{index}_pixels0.png', mask)
    (root / 'idx').mkdir()
    for split, indices in dict(train=range(4), val=(4, 5), test=(6, 7)).items():
        (root / f'idx/{split}.txt').write_text('\n'.join(f'Misc_{i}' for i in indices))
    return root


@pytest.fixture
def blob_scene() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Function that draws anti-aliased discs at sub-pixel places, and their mask.

    It returns a float32 image of shape (H, W), 20 on the background and 220 inside, and a uint8
    mask of shape (H, W), 1 where a disc covers more than half of the way up its edge.
    """

    def draw(height: int = 240, width: int = 280, seed: int = 0, radius: float = 3.0):
        rng = np.random.default_rng(seed)
        cover = np.zeros((height, width))
        offset_y, offset_x = np.mgrid[-8:9, -8:9]
        for cy in range(12, height - 12, 20):
            for cx in range(12, width - 12, 20):
                shift = rng.uniform(-2, 2, 2)
                distance = np.hypot(offset_y - shift[0], offset_x - shift[1])
                window = np.s_[cy - 8 : cy + 9, cx - 8 : cx + 9]
                cover[window] = np.clip(radius + 0.5 - distance, 0, 1)
        return (20 + 200 * cover).astype(np.float32), (cover > 0.5).astype(np.uint8)

    return draw
