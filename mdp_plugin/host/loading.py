"""What mmseg's loading steps read is what detector, metrics and reports read.

The host leaves out the orientation of Exif, takes the photometric interpretation and the planes of
a TIFF as OpenCV does, fills what is missing of a truncated file, and casts every mask to 8 bit: of
each value only the low byte remains, a target of 256 becomes background, and nothing says so.
"""

import mmengine.fileio as fileio
import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmseg.datasets.transforms import LoadAnnotations
from mmseg.registry import TRANSFORMS

from ..imaging.picture_files import decode_image


@TRANSFORMS.register_module(name='LoadImageFromFile', force=True)
class LoadPicture(LoadImageFromFile):
    """mmcv's `LoadImageFromFile`, in its place: ``color_type='unchanged'`` reads as the detector.

    Other colour types and backends are left to mmcv.

    Raises:
        OSError: If a file cannot be read as an image.
    """

    def transform(self, results: dict) -> dict | None:
        """Load ``results['img_path']``."""
        if (self.color_type, self.imdecode_backend) != ('unchanged', 'cv2'):
            return super().transform(results)
        path = results['img_path']
        try:
            image = decode_image(fileio.get(path, backend_args=self.backend_args), path)
        except OSError:
            if self.ignore_empty:
                return None
            raise
        results['img'] = image.astype(np.float32) if self.to_float32 else image
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results


@TRANSFORMS.register_module(name='LoadAnnotations', force=True)
class LoadMask(LoadAnnotations):
    """mmseg's `LoadAnnotations`, in its place, for masks of any depth.

    ``label_map`` and ``reduce_zero_label`` work on masks of 8 bit. Those of more are handed on as
    they are: they are grey levels and no labels.

    Raises:
        OSError: If a file cannot be read as an image.
    """

    def _load_seg_map(self, results: dict) -> None:
        if self.imdecode_backend != 'cv2':
            super()._load_seg_map(results)
            return
        path = results['seg_map_path']
        mask = decode_image(fileio.get(path, backend_args=self.backend_args), path).squeeze()
        if mask.dtype == np.bool_:
            mask = mask.astype(np.uint8)
        if mask.dtype == np.uint8:
            mask = self._mapped(mask, results)
        results['gt_seg_map'] = mask
        results['seg_fields'].append('gt_seg_map')

    def _mapped(self, mask: np.ndarray, results: dict) -> np.ndarray:
        """Labels of 8 bit as the data set's options change them."""
        reduce = self.reduce_zero_label
        table = np.arange(256, dtype=np.uint8)
        if reduce or (reduce is None and results['reduce_zero_label']):
            # Background is ignored, the others move down.
            table = np.roll(table, 1)
            table[[0, 255]] = 255
        labels = table.copy()
        for old, new in (results.get('label_map') or {}).items():
            labels[table == old] = new
        return labels[mask]
