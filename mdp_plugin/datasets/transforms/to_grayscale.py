"""Images of any kind to float32 grey levels."""

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS

from ...imaging.grey_levels import GreyLevels, Polarity, Rule, stretch


@TRANSFORMS.register_module()
class ToGrayscale(BaseTransform):
    """Bring an image of any kind to float32 grey levels in 0..255 units.

    Infrared sets store the same grey scene as 8-bit or 16-bit files with one, three or four
    channels, and libraries differ by up to 18 levels in how they turn colour into grey. This
    step fixes one rule, that of :class:`~mdp_plugin.imaging.grey_levels.GreyLevels`.

    Required Keys:

    - img

    Modified Keys:

    - img (np.float32)

    Args:
        black_level (float, optional): Value that becomes 0. Defaults to None.
        white_level (float, optional): Value that becomes 255, e.g. 16383 for a 14-bit camera.
            Defaults to None.
        levels (str): 'auto' or 'full', what holds where no level is given, see
            :class:`~mdp_plugin.imaging.grey_levels.GreyLevels`. Defaults to 'auto'.
        polarity (str): 'white-hot' or 'black-hot', where what is hot is dark and grey levels are
            turned over. Defaults to 'white-hot'.
        stretch_prob (float): Augmentation of training: probability of stretching an image as
            'auto' stretches frames of more than 8 bits, whatever it is. Defaults to 0.0.
        invert_prob (float): Augmentation of training: probability of turning grey levels over,
            whatever the polarity. Defaults to 0.0.
        out_channels (int): 1 gives (H, W); 3 gives (H, W, 3) with equal channels, for networks
            that take colour. Defaults to 1.

    Raises:
        ValueError: If an option is none of its values, or white is not above black.
        TypeError: If an image has a dtype or a number of channels that has no grey level.
    """

    def __init__(
        self,
        black_level: float | None = None,
        white_level: float | None = None,
        levels: Rule = 'auto',
        stretch_prob: float = 0.0,
        out_channels: int = 1,
        polarity: Polarity = 'white-hot',
        invert_prob: float = 0.0,
    ) -> None:
        if out_channels not in (1, 3):
            raise ValueError(f'out_channels must be 1 or 3, not {out_channels!r}')
        for key, value in (('stretch_prob', stretch_prob), ('invert_prob', invert_prob)):
            if not 0 <= value <= 1:
                raise ValueError(f'{key} must be in 0..1, not {value!r}')
        self.levels = GreyLevels(black_level, white_level, levels, polarity)
        self.stretch_prob = stretch_prob
        self.invert_prob = invert_prob
        self.out_channels = out_channels

    @cache_randomness
    def _random_stretch(self) -> bool:
        """Draw whether to stretch; without the option the random numbers stay those of others."""
        return self.stretch_prob > 0 and np.random.rand() < self.stretch_prob

    @cache_randomness
    def _random_inversion(self) -> bool:
        """Draw whether to turn the levels over; likewise."""
        return self.invert_prob > 0 and np.random.rand() < self.invert_prob

    def transform(self, results: dict) -> dict:
        """Convert ``results['img']``.

        Args:
            results (dict): Result dict with ``img`` of shape (H, W) or (H, W, C), C of 1 to 4 in
                OpenCV's order (grey; grey and alpha; BGR; BGRA).

        Returns:
            dict: Result dict with ``img`` float32 of shape (H, W) or (H, W, 3).
        """
        name = f'Image {results.get("img_path") or "given as an array"}'
        grey = self.levels(results['img'], name)
        if self._random_inversion():
            grey = 255 - grey
        if self._random_stretch():
            grey = stretch(grey)(grey)
        if self.out_channels == 3:
            grey = cv2.merge((grey, grey, grey))
        results['img'] = grey
        return results

    def __repr__(self) -> str:
        options = ', '.join(f'{key}={value}' for key, value in self.levels.to_dict().items())
        return (
            f'{type(self).__name__}({options}, stretch_prob={self.stretch_prob}, '
            f'invert_prob={self.invert_prob}, out_channels={self.out_channels})'
        )
