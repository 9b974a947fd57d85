"""What optics, detector and file formats do to a frame."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS


class _Draw(NamedTuple):
    blur: float
    row_noise: float
    hot_pixels: int
    jpeg_quality: int
    seed: int


@TRANSFORMS.register_module()
class RandomDegradation(BaseTransform):
    """Degrade an image as optics, detector and compression do, each with a probability of its own.

    In this order: a Gaussian blur; an offset of each row, or of each column; single hot or dead
    pixels; JPEG. The mask stays as it is: none of them moves a target.

    Put it after the steps that fix the scale.

    Required Keys:

    - img (np.float32)

    Modified Keys:

    - img

    Args:
        blur (tuple[float, float]): Range of the blur's standard deviation in pixels. Defaults
            to (0.3, 1.0).
        row_noise (tuple[float, float]): Range of the standard deviation of the rows' offsets in
            grey levels. Defaults to (0.5, 4.0).
        hot_pixels (tuple[int, int]): Range of the number of single pixels that are off by 40 to 255
            grey levels. Defaults to (1, 8).
        jpeg_quality (tuple[int, int]): Range of the quality, 1 to 100. Defaults to (40, 90).
        blur_prob (float): Probability of the blur. Defaults to 0.2.
        row_noise_prob (float): Probability of the rows' offsets. Defaults to 0.2.
        hot_pixels_prob (float): Probability of hot and dead pixels. Defaults to 0.2.
        jpeg_prob (float): Probability of JPEG. Defaults to 0.2.

    Raises:
        ValueError: If a range does not ascend or leaves its bounds, or a probability is not in
            0..1.
    """

    def __init__(
        self,
        blur: Sequence[float] = (0.3, 1.0),
        row_noise: Sequence[float] = (0.5, 4.0),
        hot_pixels: Sequence[int] = (1, 8),
        jpeg_quality: Sequence[int] = (40, 90),
        blur_prob: float = 0.2,
        row_noise_prob: float = 0.2,
        hot_pixels_prob: float = 0.2,
        jpeg_prob: float = 0.2,
    ) -> None:
        bounds = dict(
            blur=(blur, 0.01, 20),
            row_noise=(row_noise, 0, 255),
            hot_pixels=(hot_pixels, 0, 10_000),
            jpeg_quality=(jpeg_quality, 1, 100),
        )
        for name, (value, least, most) in bounds.items():
            if len(value) != 2 or not least <= value[0] <= value[1] <= most:
                raise ValueError(
                    f'{name} must be (low, high), {least} <= low <= high <= {most}: {value!r}'
                )
        self.probs = dict(
            blur=blur_prob, row_noise=row_noise_prob, hot_pixels=hot_pixels_prob, jpeg=jpeg_prob
        )
        for name, prob in self.probs.items():
            if not 0 <= prob <= 1:
                raise ValueError(f'{name}_prob must be in 0..1, not {prob!r}')
        self.blur, self.row_noise = tuple(blur), tuple(row_noise)
        self.hot_pixels, self.jpeg_quality = tuple(hot_pixels), tuple(jpeg_quality)

    @cache_randomness
    def _random_draw(self) -> _Draw:
        """Draw all parameters; 0 for what is left out."""
        blurred, rows, hot, jpeg = (np.random.rand() < prob for prob in self.probs.values())
        draw = _Draw(
            blur=np.random.uniform(self.blur[0], self.blur[1]),
            row_noise=np.random.uniform(self.row_noise[0], self.row_noise[1]),
            hot_pixels=np.random.randint(self.hot_pixels[0], self.hot_pixels[1] + 1),
            jpeg_quality=np.random.randint(self.jpeg_quality[0], self.jpeg_quality[1] + 1),
            seed=np.random.randint(2**31),
        )
        return _Draw(
            draw.blur * blurred,
            draw.row_noise * rows,
            draw.hot_pixels * hot,
            draw.jpeg_quality * jpeg,
            draw.seed,
        )

    def transform(self, results: dict) -> dict:
        """Change ``results['img']``; the array given in is left as it is.

        Args:
            results (dict): Result dict with float32 ``img`` in 0..255 units, of shape (H, W) or
                (H, W, 3) with equal channels.

        Returns:
            dict: Result dict with the changed image, float32.
        """
        draw = self._random_draw()
        if not any(draw[:-1]):
            return results
        img = np.array(results['img'], np.float32)
        colour = img.ndim == 3
        if colour:
            img = img[..., 0]
        rng = np.random.default_rng(draw.seed)
        if draw.blur:
            img = cv2.GaussianBlur(img, (0, 0), draw.blur)
        if draw.row_noise:
            axis = rng.integers(2)
            offsets = rng.normal(0, draw.row_noise, img.shape[axis]).astype(np.float32)
            img += offsets[:, None] if axis == 0 else offsets
        if draw.hot_pixels:
            rows = rng.integers(img.shape[0], size=draw.hot_pixels)
            columns = rng.integers(img.shape[1], size=draw.hot_pixels)
            img[rows, columns] += rng.choice((-1, 1)) * rng.uniform(40, 255, draw.hot_pixels)
        np.clip(img, 0, 255, out=img)
        if draw.jpeg_quality:
            options = (cv2.IMWRITE_JPEG_QUALITY, draw.jpeg_quality)
            file = cv2.imencode('.jpg', np.rint(img).astype(np.uint8), options)[1]
            img = cv2.imdecode(file, cv2.IMREAD_GRAYSCALE).astype(np.float32)
        results['img'] = cv2.merge((img, img, img)) if colour else img
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(blur={self.blur}, row_noise={self.row_noise}, '
            f'hot_pixels={self.hot_pixels}, jpeg_quality={self.jpeg_quality}, probs={self.probs})'
        )
