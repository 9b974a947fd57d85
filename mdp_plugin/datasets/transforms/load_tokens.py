"""A frozen transformer's tokens of an image, which follow the image through its pipeline."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform, Compose
from mmseg.registry import TRANSFORMS

from ...imaging.token_grid import pixel_places, sample_tokens, view_places
from ..token_cache import TokenCache

#: Steps that move pixels and leave their grey levels.
MOVING = (
    'AlignedResize',
    'RandomFlip',
    'RandomQuarterTurn',
    'RandomScaleJitter',
    'RandomSymmetry',
    'RandomTargetCrop',
)


@TRANSFORMS.register_module()
class LoadTokens(BaseTransform):
    """Look up the tokens of the image, and move them as the wrapped steps move its pixels.

    The wrapped steps, each of :data:`MOVING`, are run a second time with the same random numbers,
    on an image of the places of the pixels. Steps that change grey levels stay outside, after this
    one.

    What was encoded is the image as it comes to this step. Symmetries that are drawn before it
    need tokens of their own (``tools/cache_tokens.py --symmetries``); those that are wrapped turn
    the tokens.

    Required Keys:

    - img (H, W)
    - gt_seg_map (optional)

    Added Keys:

    - tokens (dict): ``values``, float16 (C, ceil(H/8), ceil(W/8)) of the view, and ``encoder``,
      the fingerprint of what made them. ``PackSegInputs`` takes them along if ``meta_keys`` has
      'tokens'.

    Args:
        folder (str): Where ``tools/cache_tokens.py`` put them.
        steps (Sequence[dict]): Configs of the steps. Defaults to ().

    Raises:
        FileNotFoundError: If the image has no tokens, or has changed since; says what to do.
        ValueError: If a step does more than to move pixels.
    """

    def __init__(self, folder: str, steps: Sequence[dict] = ()) -> None:
        others = [step['type'] for step in steps if step['type'] not in MOVING]
        if others:
            raise ValueError(f'LoadTokens wraps steps of {MOVING} alone, not {others}')
        self.cache = TokenCache(folder)
        self.steps = Compose(list(steps))
        self._settings: dict | None = None

    def transform(self, results: dict) -> dict | None:
        """Look up and move.

        Args:
            results (dict): Result dict.

        Returns:
            dict | None: What the last step returns, with ``tokens``.
        """
        if self._settings is None:
            self._settings = self.cache.settings()
        image = results['img']
        tokens = self.cache.read(image, results.get('img_path', 'the image'))
        places = {**results, 'img': pixel_places(image.shape)}
        places['seg_fields'] = list(results.get('seg_fields', ()))
        if self.steps.transforms:
            state = np.random.get_state()
            moved = self.steps(results)
            np.random.set_state(state)
            places = self.steps(places)
            if moved is None or places is None:
                return None
            results = moved
        view = view_places(places['img'])
        results['tokens'] = dict(
            values=sample_tokens(tokens, view, self._settings['cell']),
            encoder=self._settings['encoder'],
        )
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(folder={str(self.cache.folder)!r}, steps={self.steps})'
