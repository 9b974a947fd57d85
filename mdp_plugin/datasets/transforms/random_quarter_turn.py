"""Random turns by multiples of 90 degrees."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomQuarterTurn(BaseTransform):
    """Turn image and mask by a random multiple of 90 degrees, without resampling.

    Together with mmcv's ``RandomFlip`` it reaches all eight symmetries of the square.

    Required Keys:

    - img
    - gt_seg_map (optional)

    Modified Keys:

    - img
    - img_shape
    - gt_seg_map

    Args:
        prob (float): Probability of turning. Defaults to 0.75, which makes all four
            orientations equally likely.
        turns (tuple[int, ...]): Numbers of counter-clockwise quarter turns to draw from.
            Defaults to (1, 2, 3).

    Raises:
        ValueError: If ``prob`` is not in 0..1 or ``turns`` is empty or holds other numbers.
    """

    def __init__(self, prob: float = 0.75, turns: Sequence[int] = (1, 2, 3)) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be in 0..1, not {prob!r}')
        if not turns or not set(turns) <= {1, 2, 3}:
            raise ValueError(f'turns must hold numbers of 1, 2, 3, not {turns!r}')
        self.prob = prob
        self.turns = tuple(turns)

    @cache_randomness
    def _random_turns(self) -> int:
        """Draw the number of quarter turns, 0 for none."""
        turn, which = np.random.rand(2)
        return self.turns[int(which * len(self.turns))] if turn < self.prob else 0

    def transform(self, results: dict) -> dict:
        """Turn image and mask.

        Args:
            results (dict): Result dict with ``img`` of shape (H, W) or (H, W, C).

        Returns:
            dict: Result dict with turned arrays (views), sides swapped by odd turns.
        """
        turns = self._random_turns()
        if turns:
            results['img'] = np.rot90(results['img'], turns)
            if results.get('gt_seg_map') is not None:
                results['gt_seg_map'] = np.rot90(results['gt_seg_map'], turns)
            results['img_shape'] = results['img'].shape[:2]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, turns={self.turns})'
