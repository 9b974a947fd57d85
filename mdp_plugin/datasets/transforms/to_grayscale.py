"""Images of any kind to float32 grey levels."""

import cv2
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from ...imaging.grey_levels import WHITE_LEVEL, to_grey


@TRANSFORMS.register_module()
class ToGrayscale(BaseTransform):
    """Bring an image of any kind to float32 grey levels in 0..255 units.

    Infrared sets store the same grey scene as 8-bit or 16-bit files with one, three or four
    channels, and libraries differ by up to 18 levels in how they turn colour into grey. This
    step fixes one rule, that of :func:`~mdp_plugin.imaging.grey_levels.to_grey`.

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

    def __init__(self, white_level: float = WHITE_LEVEL, out_channels: int = 1) -> None:
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
        name = f'Image {results.get("img_path") or "given as an array"}'
        grey = to_grey(results['img'], white_level=self.white_level, name=name)
        if self.out_channels == 3:
            grey = cv2.merge((grey, grey, grey))
        results['img'] = grey
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(white_level={self.white_level}, '
            f'out_channels={self.out_channels})'
        )
