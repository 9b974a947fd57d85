"""Masks of 16 bit keep their values when mmseg loads them.

Its step casts every mask to 8 bit, and of each value only the low byte remains: a target of 256
becomes background, and nothing says so.
"""

import mmcv
import mmengine.fileio as fileio
import numpy as np
from mmseg.datasets.transforms import LoadAnnotations
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module(name='LoadAnnotations', force=True)
class LoadDeepAnnotations(LoadAnnotations):
    """mmseg's `LoadAnnotations`, in its place, for masks of any depth.

    Masks of 8 bit are left to mmseg. Those of more are handed on as they are, without
    ``label_map`` and ``reduce_zero_label``: they are grey levels and no labels.

    Raises:
        OSError: If a file cannot be read as an image.
    """

    def _load_seg_map(self, results: dict) -> None:
        content = fileio.get(results['seg_map_path'], backend_args=self.backend_args)
        mask = mmcv.imfrombytes(content, flag='unchanged', backend=self.imdecode_backend)
        if mask is None:
            raise OSError(f'cannot read "{results["seg_map_path"]}" as an image')
        if mask.dtype in (np.uint8, np.bool_):
            super()._load_seg_map(results)
            return
        results['gt_seg_map'] = mask
        results['seg_fields'].append('gt_seg_map')
