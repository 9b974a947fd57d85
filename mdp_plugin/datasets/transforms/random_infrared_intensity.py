"""Random contrast, level, noise and tone."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS

Range = Sequence[float] | None


class _Draw(NamedTuple):
    gain: float
    offset: float
    noise_std: float
    gamma: float
    seed: int


@TRANSFORMS.register_module()
class RandomInfraredIntensity(BaseTransform):
    r"""Vary contrast, level, noise and tone of an infrared image as another camera would.

    For grey levels :math:`x` in 0..255 units with mean :math:`m` after the tone curve:

    .. math::
        x' = 255 (x / 255)^\gamma, \qquad
        y = clip(m + gain (x' - m) + offset + \sigma n, 0, 255), \quad n \sim N(0, 1)

    Gain acts about the mean, so that it changes the contrast and the offset alone changes the
    level. The noise is white and independent in each pixel; three-channel images get the same
    noise in all channels, because they show one grey scene. The mask is not touched.

    Required Keys:

    - img

    Modified Keys:

    - img (np.float32)

    Args:
        gain (tuple[float, float], optional): Range of the gain; None for 1.
            Defaults to (0.8, 1.2).
        offset (tuple[float, float], optional): Range of the offset in grey levels; None for 0.
            Defaults to (-15., 15.).
        noise (tuple[float, float], optional): Range of the noise's standard deviation in grey
            levels; None for none. Defaults to (0., 4.).
        gamma (tuple[float, float], optional): Range of the tone curve's exponent; None for 1.
            Defaults to (0.8, 1.25).
        prob (float): Probability of changing the image at all. Defaults to 1.0.
        noise_prob (float): Probability of adding noise, given that. Defaults to 0.5.
        gamma_prob (float): Probability of the tone curve, given that. Defaults to 0.5.

    Raises:
        ValueError: If a range is not ascending, gain or gamma is not positive, noise is negative
            or a probability is not in 0..1.
    """

    def __init__(
        self,
        gain: Range = (0.8, 1.2),
        offset: Range = (-15.0, 15.0),
        noise: Range = (0.0, 4.0),
        gamma: Range = (0.8, 1.25),
        prob: float = 1.0,
        noise_prob: float = 0.5,
        gamma_prob: float = 0.5,
    ) -> None:
        self.gain = _check_range('gain', gain, neutral=1.0, above=0.0)
        self.offset = _check_range('offset', offset, neutral=0.0)
        self.noise = _check_range('noise', noise, neutral=0.0, at_least=0.0)
        self.gamma = _check_range('gamma', gamma, neutral=1.0, above=0.0)
        for name, value in dict(prob=prob, noise_prob=noise_prob, gamma_prob=gamma_prob).items():
            if not 0 <= value <= 1:
                raise ValueError(f'{name} must be in 0..1, not {value!r}')
        self.prob = prob
        self.noise_prob = noise_prob
        self.gamma_prob = gamma_prob

    @cache_randomness
    def _random_draw(self) -> _Draw | None:
        """Draw all parameters; None to leave the image as it is."""
        change, with_noise, with_gamma, *unit = np.random.rand(7)
        seed = np.random.randint(2**31)
        if change >= self.prob:
            return None
        gain, offset, noise, gamma = (
            low + (high - low) * u
            for (low, high), u in zip((self.gain, self.offset, self.noise, self.gamma), unit)
        )
        return _Draw(
            gain=gain,
            offset=offset,
            noise_std=noise if with_noise < self.noise_prob else 0.0,
            gamma=gamma if with_gamma < self.gamma_prob else 1.0,
            seed=seed,
        )

    def transform(self, results: dict) -> dict:
        """Change ``results['img']``; the array given in is left as it is.

        Args:
            results (dict): Result dict with float32 ``img`` in 0..255 units, of shape (H, W) or
                (H, W, 3).

        Returns:
            dict: Result dict with the changed image, float32.
        """
        draw = self._random_draw()
        if draw is None:
            return results
        img = np.array(results['img'], np.float32)
        if draw.gamma != 1:
            np.clip(img, 0, 255, out=img)
            img *= np.float32(1 / 255)
            np.power(img, np.float32(draw.gamma), out=img)
            img *= np.float32(255)
        mean = float(img.mean())
        img *= np.float32(draw.gain)
        img += np.float32(mean * (1 - draw.gain) + draw.offset)
        if draw.noise_std > 0:
            # OpenCV draws normal numbers several times faster than numpy.
            noise = np.empty(img.shape[:2], np.float32)
            cv2.setRNGSeed(draw.seed)
            cv2.randn(noise, 0, draw.noise_std)
            img += noise if img.ndim == 2 else noise[..., None]
        np.clip(img, 0, 255, out=img)
        results['img'] = img
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(gain={self.gain}, offset={self.offset}, noise={self.noise}, '
            f'gamma={self.gamma}, prob={self.prob}, noise_prob={self.noise_prob}, '
            f'gamma_prob={self.gamma_prob})'
        )


def _check_range(
    name: str,
    value: Range,
    neutral: float,
    above: float = -np.inf,
    at_least: float = -np.inf,
) -> tuple[float, float]:
    """Return (low, high) as floats, both ``neutral`` for None."""
    if value is None:
        return neutral, neutral
    if len(value) != 2 or not value[0] <= value[1]:
        raise ValueError(f'{name} must be (low, high) with low <= high, not {value!r}')
    if not value[0] > above or not value[0] >= at_least:
        bound = f'above {above}' if above > -np.inf else f'at least {at_least}'
        raise ValueError(f'{name} must be {bound}, not {value!r}')
    return float(value[0]), float(value[1])
