"""Random exchange of rows and columns."""

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomTranspose(BaseTransform):
    """Mirror image and mask at the main diagonal, without resampling.

    It is the one symmetry of the square, besides none, that keeps the top left corner in its place,
    and so the one for data whose masks lie half a pixel to the top left of the targets, as many of
    NUDT-SIRST do: flips and turns would move that offset to any side.

    Required Keys:

    - img
    - gt_seg_map (optional)

    Modified Keys:

    - img
    - img_shape
    - gt_seg_map

    Args:
        prob (float): Probability of transposing. Defaults to 0.5.

    Raises:
        ValueError: If ``prob`` is not in 0..1.
    """

    def __init__(self, prob: float = 0.5) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be in 0..1, not {prob!r}')
        self.prob = prob

    @cache_randomness
    def _random_choice(self) -> bool:
        """Draw whether to transpose."""
        return np.random.rand() < self.prob

    def transform(self, results: dict) -> dict:
        """Transpose image and mask.

        Args:
            results (dict): Result dict with ``img`` of shape (H, W) or (H, W, C).

        Returns:
            dict: Result dict with transposed arrays (views), sides swapped.
        """
        if self._random_choice():
            results['img'] = np.swapaxes(results['img'], 0, 1)
            if results.get('gt_seg_map') is not None:
                results['gt_seg_map'] = np.swapaxes(results['gt_seg_map'], 0, 1)
            results['img_shape'] = results['img'].shape[:2]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob})'
