"""Random window that holds a target with a given probability."""

from collections.abc import Sequence

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS

from ...imaging.masks import label_targets


@TRANSFORMS.register_module()
class RandomTargetCrop(BaseTransform):
    """Cut a window that holds a whole target with a given probability.

    A window drawn blindly from a large image seldom meets a target of twenty pixels. With
    probability ``target_prob`` one 8-connected target is drawn, each as likely as the other, and
    the window is drawn among those that hold all of it (centred on it where it is larger than
    the window). Otherwise, and in images without targets, the window is drawn blindly.

    An image smaller than the window is first extended by reflection, image and mask alike, so
    the mirrored targets stay labelled.

    Required Keys:

    - img
    - gt_seg_map (optional)

    Modified Keys:

    - img
    - img_shape
    - gt_seg_map

    Args:
        crop_size (int | tuple[int, int]): Window's (height, width), as in mmseg.
        target_prob (float): Probability of aiming at a target. Defaults to 0.5.

    Raises:
        ValueError: If ``crop_size`` is not positive or ``target_prob`` is not in 0..1.
    """

    def __init__(self, crop_size: Sequence[int], target_prob: float = 0.5) -> None:
        if isinstance(crop_size, int):
            crop_size = (crop_size, crop_size)
        if len(crop_size) != 2 or any(int(side) != side or side < 1 for side in crop_size):
            raise ValueError(f'crop_size must be two positive integers, not {crop_size!r}')
        if not 0 <= target_prob <= 1:
            raise ValueError(f'target_prob must be in 0..1, not {target_prob!r}')
        self.crop_size = (int(crop_size[0]), int(crop_size[1]))
        self.target_prob = target_prob

    @cache_randomness
    def _random_numbers(self) -> np.ndarray:
        """Draw four numbers in [0, 1): aim or not, which target, window's y and x."""
        return np.random.rand(4)

    def transform(self, results: dict) -> dict:
        """Cut the window out of image and mask.

        Args:
            results (dict): Result dict with ``img`` of shape (H, W) or (H, W, C).

        Returns:
            dict: Result dict with ``img`` of shape (h, w) or (h, w, C), ``gt_seg_map`` of shape
            (h, w), where (h, w) is ``crop_size``.
        """
        img, mask = self._extend(results['img']), results.get('gt_seg_map')
        if mask is not None:
            mask = self._extend(mask)
        y, x = self._window(mask, img.shape[:2])
        height, width = self.crop_size
        results['img'] = img[y : y + height, x : x + width]
        if mask is not None:
            results['gt_seg_map'] = mask[y : y + height, x : x + width]
        results['img_shape'] = self.crop_size
        return results

    def _extend(self, array: np.ndarray) -> np.ndarray:
        """Reflect the borders until the array is at least as large as the window."""
        missing = [max(0, c - s) for c, s in zip(self.crop_size, array.shape[:2])]
        if not any(missing):
            return array
        top, left = missing[0] // 2, missing[1] // 2
        return cv2.copyMakeBorder(
            array, top, missing[0] - top, left, missing[1] - left, cv2.BORDER_REFLECT_101
        )

    def _window(self, mask: np.ndarray | None, shape: tuple[int, int]) -> tuple[int, int]:
        """Choose the window's upper left corner (y, x)."""
        aim, which, *position = self._random_numbers()
        limits = [side - crop for side, crop in zip(shape, self.crop_size)]
        low, high = [0, 0], list(limits)
        if aim < self.target_prob and mask is not None:
            _, boxes = label_targets(mask)
            if len(boxes):
                x, y, w, h = boxes[int(which * len(boxes))]
                for axis, (start, length) in enumerate(((y, h), (x, w))):
                    slack = self.crop_size[axis] - length
                    first, last = start - max(slack, 0), start
                    if slack < 0:  # larger than the window: centre it
                        first = last = start - slack // 2
                    low[axis] = int(np.clip(first, 0, limits[axis]))
                    high[axis] = int(np.clip(last, 0, limits[axis]))
        corner = [a + int(p * (b - a + 1)) for a, b, p in zip(low, high, position)]
        return corner[0], corner[1]

    def __repr__(self) -> str:
        return f'{type(self).__name__}(crop_size={self.crop_size}, target_prob={self.target_prob})'
