"""Random symmetries of the square, for masks that do not lie on their targets too."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS

from ...imaging.masks import label_targets


@TRANSFORMS.register_module()
class RandomSymmetry(BaseTransform):
    """Turn and mirror image and mask by one of the eight symmetries of the square.

    Nothing is resampled. It does what mmcv's ``RandomFlip`` and ``RandomQuarterTurn`` do together,
    and it knows what to do with a data set whose masks lie beside their targets, always to the same
    side, as half of NUDT-SIRST's do. Mirrored with its image, such a mask lies on the other side. A
    network that sees both can learn neither, so the mask is moved back to the side where it is in
    the data set, by a whole number of pixels: one, if it lies half a pixel off.

    Required Keys:

    - img
    - gt_seg_map (optional)

    Modified Keys:

    - img
    - img_shape
    - gt_seg_map

    Args:
        mask_offset (tuple[float, float]): By how many pixels (down, right) the masks of the data
            set lie off their targets: multiples of a half. Defaults to (0, 0), for masks that lie
            where they should.
        area (tuple[int, int]): The fewest and the most pixels of the targets that ``mask_offset``
            is true of. Defaults to (1, 2**31 - 1), for all.
        upright (bool): Whether what is above stays above, as in scenes with aircraft seen from
            the side: half of the images are mirrored left to right, and no other symmetry is drawn.
            Defaults to False.

    Raises:
        ValueError: If ``mask_offset`` is not of two multiples of a half, with an even number of
            halves between them (a turn would move the mask by half a pixel), or ``area`` is not of
            two numbers, the first at least 1 and not above the second.
    """

    def __init__(
        self,
        mask_offset: Sequence[float] = (0, 0),
        area: Sequence[int] = (1, 2**31 - 1),
        upright: bool = False,
    ) -> None:
        halves = np.multiply(mask_offset, 2)
        if halves.shape != (2,) or (halves % 1).any() or halves.sum() % 2:
            raise ValueError(
                'mask_offset must hold (down, right) in multiples of a half that differ by whole '
                f'pixels, not {mask_offset!r}'
            )
        if len(area) != 2 or not 1 <= area[0] <= area[1]:
            raise ValueError(f'area must be (fewest, most) pixels of a target, not {area!r}')
        self.mask_offset = tuple(mask_offset)
        self.area = tuple(area)
        self.upright = upright

    @cache_randomness
    def _random_symmetry(self) -> tuple[int, bool]:
        """Draw the number of counter-clockwise quarter turns and whether to transpose after it."""
        if self.upright:  # a quarter turn and a transposition mirror left to right
            return ((0, False), (1, True))[np.random.randint(2)]
        turns, transpose = np.random.randint(4), np.random.randint(2)
        return int(turns), bool(transpose)

    def transform(self, results: dict) -> dict:
        """Turn and mirror image and mask.

        Args:
            results (dict): Result dict with ``img`` of shape (H, W) or (H, W, C).

        Returns:
            dict: Result dict with the moved arrays, sides swapped by half of the symmetries.
        """
        turns, transpose = self._random_symmetry()
        results['img'] = _move(results['img'], turns, transpose)
        results['img_shape'] = results['img'].shape[:2]
        if results.get('gt_seg_map') is not None:
            mask = _move(results['gt_seg_map'], turns, transpose)
            down, right = self.mask_offset
            for _ in range(turns):  # what lies below comes to lie on the right, and so on
                down, right = -right, down
            if transpose:
                down, right = right, down
            back = (int(self.mask_offset[0] - down), int(self.mask_offset[1] - right))
            results['gt_seg_map'] = self._shift_targets(mask, back) if any(back) else mask
        return results

    def _shift_targets(self, mask: np.ndarray, by: tuple[int, int]) -> np.ndarray:
        """Move the targets of ``area`` pixels down and right; what leaves the image is cut off."""
        labels, boxes = label_targets(np.ascontiguousarray(mask, np.uint8))
        shifted = np.array(mask)
        moved = []
        for label, (x, y, w, h) in enumerate(boxes, start=1):
            window = labels[y : y + h, x : x + w] == label
            if self.area[0] <= window.sum() <= self.area[1]:
                rows, columns = np.nonzero(window)
                moved.append((rows + y, columns + x))
                shifted[moved[-1]] = 0
        for rows, columns in moved:  # after all are gone from their old places: targets may touch
            values = mask[rows, columns]
            rows, columns = rows + by[0], columns + by[1]
            inside = (rows >= 0) & (rows < mask.shape[0])
            inside &= (columns >= 0) & (columns < mask.shape[1])
            shifted[rows[inside], columns[inside]] = values[inside]
        return shifted

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(mask_offset={self.mask_offset}, area={self.area}, '
            f'upright={self.upright})'
        )


def _move(array: np.ndarray, turns: int, transpose: bool) -> np.ndarray:
    """Apply a symmetry to the first two axes."""
    array = np.rot90(array, turns)
    return np.swapaxes(array, 0, 1) if transpose else array
