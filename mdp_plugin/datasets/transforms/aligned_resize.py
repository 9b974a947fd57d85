"""Resizing that keeps masks registered to their images."""

from collections.abc import Sequence

from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from ...imaging.resampling import KERNELS, resize_image, resize_mask


@TRANSFORMS.register_module()
class AlignedResize(BaseTransform):
    """Resize image and mask so that targets stay where they are.

    Stands in for mmcv's ``Resize``, whose mask kernel is shifted by up to half a pixel (see
    :func:`~mdp_plugin.imaging.resampling.resize_mask`). A mask is resized
    when it is loaded already: put this step before ``LoadAnnotations`` to score at the image's
    original size, after it to score at the network's size.

    Required Keys:

    - img
    - gt_seg_map (optional)

    Modified Keys:

    - img
    - img_shape
    - gt_seg_map
    - ori_shape (with ``as_original``)

    Added Keys:

    - scale
    - scale_factor
    - keep_ratio

    Args:
        scale (tuple[int, int]): New (width, height), as in mmcv.
        keep_ratio (bool): Fit the image into ``scale`` and keep its proportions instead of
            stretching it. Defaults to False.
        as_original (bool): Declare the new size to be the original one, so that predictions are
            not resampled back and are scored on this grid. Defaults to False.
        interpolation (str): Kernel of the image, 'bilinear' or 'nearest'; masks are always
            nearest. With 'nearest' the network sees where the pixels of the original begin and
            end, and with them the edges of a mask on this grid. Defaults to 'bilinear'.

    Raises:
        ValueError: If ``scale`` is not two positive integers, or there is no such kernel.
    """

    def __init__(
        self,
        scale: Sequence[int],
        keep_ratio: bool = False,
        as_original: bool = False,
        interpolation: str = 'bilinear',
    ) -> None:
        if len(scale) != 2 or any(int(side) != side or side < 1 for side in scale):
            raise ValueError(f'scale must be two positive integers (width, height), not {scale!r}')
        if interpolation not in KERNELS:
            raise ValueError(f'interpolation must be one of {list(KERNELS)}, not {interpolation!r}')
        self.scale = (int(scale[0]), int(scale[1]))
        self.keep_ratio = keep_ratio
        self.as_original = as_original
        self.interpolation = interpolation

    def transform(self, results: dict) -> dict:
        """Resize what is loaded.

        Args:
            results (dict): Result dict with ``img`` of shape (H, W) or (H, W, C).

        Returns:
            dict: Result dict with resized ``img`` and ``gt_seg_map``; ``scale_factor`` is
            (width factor, height factor).
        """
        img = results['img']
        height, width = img.shape[:2]
        scale = self._fit(width, height) if self.keep_ratio else self.scale
        results['img'] = resize_image(img, scale, self.interpolation)
        if results.get('gt_seg_map') is not None:
            results['gt_seg_map'] = resize_mask(results['gt_seg_map'], scale)
        results['img_shape'] = (scale[1], scale[0])
        results['scale'] = scale
        results['scale_factor'] = (scale[0] / width, scale[1] / height)
        results['keep_ratio'] = self.keep_ratio
        if self.as_original:
            results['ori_shape'] = (scale[1], scale[0])
        return results

    def _fit(self, width: int, height: int) -> tuple[int, int]:
        factor = min(self.scale[0] / width, self.scale[1] / height)
        return max(1, round(width * factor)), max(1, round(height * factor))

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(scale={self.scale}, keep_ratio={self.keep_ratio}, '
            f'as_original={self.as_original}, interpolation={self.interpolation!r})'
        )
