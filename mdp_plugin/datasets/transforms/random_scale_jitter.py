"""Random scale that loses no target."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS

from ...imaging.masks import label_targets
from ...imaging.resampling import resize_image, resize_mask


@TRANSFORMS.register_module()
class RandomScaleJitter(BaseTransform):
    """Enlarge or shrink image and mask by a random factor that loses no target.

    Shrinking by a nearest neighbour can step over a target of one or two pixels and leave an
    image that shows it and a mask that denies it. After shrinking, every 8-connected target of
    the mask must still own a pixel; where one does not, the factor moves half-way to 1 and the
    step is done again, up to ``max_tries`` times, and after that the image keeps its size.

    Required Keys:

    - img
    - gt_seg_map (optional)

    Modified Keys:

    - img
    - img_shape
    - gt_seg_map

    Added Keys:

    - scale
    - scale_factor
    - keep_ratio

    Args:
        ratio_range (tuple[float, float]): Smallest and largest factor of the sides; the factor's
            logarithm is uniform, so halving is as likely as doubling. Defaults to (0.75, 1.5).
        prob (float): Probability of jittering at all. Defaults to 1.0.
        max_tries (int): Number of factors tried before the size is kept. Defaults to 4.

    Raises:
        ValueError: If the range is not positive and ascending, ``prob`` is not in 0..1 or
            ``max_tries`` is under 1.
    """

    def __init__(
        self,
        ratio_range: Sequence[float] = (0.75, 1.5),
        prob: float = 1.0,
        max_tries: int = 4,
    ) -> None:
        if len(ratio_range) != 2 or not 0 < ratio_range[0] <= ratio_range[1]:
            raise ValueError(f'ratio_range must be (low, high), 0 < low <= high: {ratio_range!r}')
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be in 0..1, not {prob!r}')
        if max_tries < 1:
            raise ValueError(f'max_tries must be at least 1, not {max_tries!r}')
        self.ratio_range = (float(ratio_range[0]), float(ratio_range[1]))
        self.prob = prob
        self.max_tries = max_tries

    @cache_randomness
    def _random_ratio(self) -> float:
        """Draw the factor; 1.0 for 'leave it'."""
        log_ratio = np.random.uniform(*np.log(self.ratio_range))
        return float(np.exp(log_ratio)) if np.random.rand() < self.prob else 1.0

    def transform(self, results: dict) -> dict:
        """Resize by the drawn factor.

        Args:
            results (dict): Result dict with ``img`` of shape (H, W) or (H, W, C).

        Returns:
            dict: Result dict with ``img`` and ``gt_seg_map`` of the new size.
        """
        img, mask = results['img'], results.get('gt_seg_map')
        height, width = img.shape[:2]
        scale = self._safe_scale(mask, (width, height), self._random_ratio())
        results['img'] = resize_image(img, scale)
        if mask is not None:
            results['gt_seg_map'] = resize_mask(mask, scale)
        results['img_shape'] = (scale[1], scale[0])
        results['scale'] = scale
        results['scale_factor'] = (scale[0] / width, scale[1] / height)
        results['keep_ratio'] = True
        return results

    def _safe_scale(
        self, mask: np.ndarray | None, size: tuple[int, int], ratio: float
    ) -> tuple[int, int]:
        """Find the first size in the sequence from ``ratio`` to 1 that keeps all targets."""
        labels = None
        for _ in range(self.max_tries):
            scale = (max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio)))
            if mask is None or (scale[0] >= size[0] and scale[1] >= size[1]):
                return scale
            if labels is None:
                labels, boxes = label_targets(mask)
            if not len(boxes):
                return scale
            kept = np.bincount(resize_mask(labels, scale).ravel(), minlength=len(boxes) + 1)
            if kept[1:].all():
                return scale
            ratio = (1 + ratio) / 2
        return size

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(ratio_range={self.ratio_range}, prob={self.prob}, '
            f'max_tries={self.max_tries})'
        )
