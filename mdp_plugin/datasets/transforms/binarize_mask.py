"""Masks of any kind to 0 and 1."""

import warnings

import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from ...imaging.masks import binary_mask
from ...imaging.resampling import resize_mask


@TRANSFORMS.register_module()
class BinarizeMask(BaseTransform):
    """Turn a mask as its authors drew it into 0 (background) and 1 (target).

    mmseg ignores pixels of value 255, and that is what most infrared masks hold on their
    targets: trained on as they are, they teach nothing and raise no error. What is target is
    decided by :func:`~mdp_plugin.imaging.masks.binary_mask`, as everywhere in the project.

    A mask whose size differs from its image (SIRST has one, Misc_111) is resampled to
    ``ori_shape`` by the aligned nearest neighbour, with one warning for each file.

    Without ``gt_seg_map`` the step does nothing, because mmseg's inference functions remove the
    loading of annotations from the test pipeline and nothing else.

    Required Keys:

    - gt_seg_map (optional)
    - ori_shape (optional)

    Modified Keys:

    - gt_seg_map (np.uint8)

    Args:
        threshold (int): Largest background value of a grey mask. Defaults to 127.

    Raises:
        ValueError: If ``threshold`` is outside 0..254.
    """

    def __init__(self, threshold: int = 127) -> None:
        if not 0 <= threshold < 255:
            raise ValueError(f'threshold must be in 0..254, not {threshold!r}')
        self.threshold = threshold
        self._warned: set[str] = set()

    def transform(self, results: dict) -> dict:
        """Binarise ``results['gt_seg_map']``.

        Args:
            results (dict): Result dict; ``gt_seg_map`` of shape (H, W) or (H, W, C).

        Returns:
            dict: Result dict with ``gt_seg_map`` uint8 of shape (H, W), values 0 and 1.
        """
        mask = results.get('gt_seg_map')
        if mask is None:
            return results
        mask = binary_mask(mask, threshold=self.threshold).view(np.uint8)
        ori_shape = results.get('ori_shape')
        if ori_shape is not None and mask.shape != tuple(ori_shape[:2]):
            self._warn_of_size(results, mask.shape)
            mask = resize_mask(mask, (int(ori_shape[1]), int(ori_shape[0])))
        results['gt_seg_map'] = mask
        return results

    def _warn_of_size(self, results: dict, mask_shape: tuple) -> None:
        path = str(results.get('seg_map_path'))
        if path in self._warned:
            return
        self._warned.add(path)
        warnings.warn(
            f'Mask {path} is {mask_shape[1]}x{mask_shape[0]} pixels but its image '
            f'{results.get("img_path")} is {results["ori_shape"][1]}x{results["ori_shape"][0]}; '
            'the mask is resized to the image (aligned nearest neighbour).',
            stacklevel=2,
        )

    def __repr__(self) -> str:
        return f'{type(self).__name__}(threshold={self.threshold})'
