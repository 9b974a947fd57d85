"""Images of any kind to float32 grey levels."""

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class ToGrayscale(BaseTransform):
    """Bring an image of any kind to float32 grey levels in 0..255 units.

    Infrared sets store the same grey scene as 8-bit or 16-bit files with one, three or four
    channels, and libraries differ by up to 18 levels in how they turn colour into grey. This
    step fixes one rule: luma of ITU-R BT.601 (0.299 R + 0.587 G + 0.114 B), computed in floating
    point without rounding; alpha is dropped. uint16 is divided by ``white_level / 255`` and keeps
    its fraction, so no depth is lost. Floating-point images are taken to be in 0..255 units.

    Required Keys:

    - img

    Modified Keys:

    - img (np.float32)

    Args:
        white_level (float): Value of a uint16 image that becomes 255, e.g. 16383 for a 14-bit
            camera. Defaults to 65535.
        out_channels (int): 1 gives (H, W); 3 gives (H, W, 3) with equal channels, for networks
            that take colour. Defaults to 1.

    Raises:
        ValueError: If ``out_channels`` is not 1 or 3 or ``white_level`` is not positive.
        TypeError: If an image has a dtype or a number of channels that has no grey level.
    """

    def __init__(self, white_level: float = 65535, out_channels: int = 1) -> None:
        if out_channels not in (1, 3):
            raise ValueError(f'out_channels must be 1 or 3, not {out_channels!r}')
        if not white_level > 0:
            raise ValueError(f'white_level must be positive, not {white_level!r}')
        self.white_level = float(white_level)
        self.out_channels = out_channels

    def transform(self, results: dict) -> dict:
        """Convert ``results['img']``.

        Args:
            results (dict): Result dict with ``img`` of shape (H, W) or (H, W, C), C of 1 to 4 in
                OpenCV's order (grey; grey and alpha; BGR; BGRA).

        Returns:
            dict: Result dict with ``img`` float32 of shape (H, W) or (H, W, 3).
        """
        img = results['img']
        grey = self._to_2d(self._to_float(img, results), results)
        if self.out_channels == 3:
            grey = cv2.merge((grey, grey, grey))
        results['img'] = grey
        return results

    def _to_float(self, img: np.ndarray, results: dict) -> np.ndarray:
        """Cast to float32 in 0..255 units, channels unchanged; always a new array."""
        if img.dtype == np.uint8:
            return img.astype(np.float32)
        if img.dtype == np.uint16:
            return img.astype(np.float32) * np.float32(255.0 / self.white_level)
        if img.dtype == np.bool_:
            return img.astype(np.float32) * np.float32(255)
        if np.issubdtype(img.dtype, np.floating):
            return img.astype(np.float32)
        raise TypeError(
            f'{_name(results)} has dtype {img.dtype}; expected uint8, uint16, bool or a floating '
            'type. Convert the image to one of them.'
        )

    @staticmethod
    def _to_2d(img: np.ndarray, results: dict) -> np.ndarray:
        """Reduce (H, W, C) to (H, W)."""
        if img.ndim == 2:
            return img
        channels = img.shape[2] if img.ndim == 3 else None
        if channels in (1, 2):
            return np.ascontiguousarray(img[..., 0])
        if channels == 3:
            return cv2.cvtColor(img, cv2.COLOR_BGR2GRAY)
        if channels == 4:
            return cv2.cvtColor(img, cv2.COLOR_BGRA2GRAY)
        raise TypeError(
            f'{_name(results)} has shape {img.shape}; expected (H, W) or (H, W, C) with 1 to 4 '
            'channels'
        )

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(white_level={self.white_level}, '
            f'out_channels={self.out_channels})'
        )


def _name(results: dict) -> str:
    return f'Image {results.get("img_path") or "given as an array"}'
