"""Keep decoded files in memory."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform, LoadAnnotations, LoadImageFromFile
from mmseg.datasets.transforms import LoadImageFromNDArray


class CachedLoader(BaseTransform):
    """Stand in for a loading transform and keep what it decoded in memory.

    What it hands out are copies, so no later step can change the store. :class:`IRSTDDataset`
    fills it before the data loader forks its workers: they share the memory of the main process,
    as nothing in the arrays is written again.

    Required Keys and Added Keys are those of the wrapped transform.

    Args:
        loader (BaseTransform): ``LoadImageFromFile`` or ``LoadAnnotations``.
        path_key (str): Key of the path that identifies the file.
        array_key (str): Key of the array that is loaded.
        kept_keys (Sequence[str]): Other keys that the transform sets. Defaults to ().
    """

    def __init__(
        self,
        loader: BaseTransform,
        path_key: str,
        array_key: str,
        kept_keys: Sequence[str] = (),
    ) -> None:
        self.loader = loader
        self.path_key = path_key
        self.array_key = array_key
        self.kept_keys = tuple(kept_keys)
        self._store: dict[str, dict] = {}

    @classmethod
    def wrap(cls, transform: BaseTransform) -> BaseTransform:
        """Wrap a loading transform; return any other transform as it is."""
        if isinstance(transform, LoadImageFromNDArray):
            return transform
        if isinstance(transform, LoadImageFromFile):
            return cls(transform, 'img_path', 'img', ('img_shape', 'ori_shape'))
        if isinstance(transform, LoadAnnotations):
            return cls(transform, 'seg_map_path', 'gt_seg_map')
        return transform

    def transform(self, results: dict) -> dict | None:
        """Load, or copy from memory.

        Args:
            results (dict): Result dict with the file's path.

        Returns:
            dict | None: What the wrapped transform returns.
        """
        path = results.get(self.path_key)
        kept = None if path is None else self._store.get(path)
        if kept is None:
            loaded = self.loader(results)
            if path is not None and loaded is not None and self.array_key in loaded:
                kept = {key: loaded[key] for key in self.kept_keys}
                kept[self.array_key] = np.array(loaded[self.array_key], order='C')
                self._store[path] = kept
            return loaded
        results.update(kept)
        results[self.array_key] = kept[self.array_key].copy()
        if self.array_key == 'gt_seg_map':
            results.setdefault('seg_fields', []).append('gt_seg_map')
        return results

    @property
    def num_bytes(self) -> int:
        """Memory held, in bytes."""
        return sum(kept[self.array_key].nbytes for kept in self._store.values())

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.loader!r}, {len(self._store)} files held)'
