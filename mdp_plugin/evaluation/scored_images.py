"""Predictions and truths in pairs, from folders, from arrays, or from a detector at work."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..imaging.grey_levels import GreyLevels
from ..imaging.masks import binary_mask
from ..imaging.picture_files import read_image
from ..imaging.resampling import resize_mask
from ..wording import counted
from .scored_files import (
    MASK_ENDINGS,
    PredictionFolder,
    files_by_name,
    keep_names,
    read_truth,
)

#: A folder, or one array for each image.
Images = str | Path | Sequence[np.ndarray]
#: Maps grey levels, float32 (H, W) in 0..255, to probabilities (H, W).
Predict = Callable[[np.ndarray], np.ndarray]


class ScoredImages:
    """What is scored; it can be gone through more than once.

    Args:
        predictions (str | Path | Sequence[np.ndarray] | TargetDetector | Callable): A folder of
            masks or probabilities, see :mod:`~mdp_plugin.evaluation.scored_files`; or one
            probability map for each image, (H, W) in 0..1, bool masks included; or, with
            ``images``, a detector: whatever has ``predict``, or a function, that makes
            probabilities (H, W) of grey levels, float32 (H, W) in 0..255. These are made by its
            ``levels`` if it has any, see :class:`~mdp_plugin.imaging.grey_levels.GreyLevels`.
        truths (str | Path | Sequence[np.ndarray]): A folder of true masks, or one mask for each
            image, as :func:`~mdp_plugin.imaging.masks.binary_mask` reads them.
        images (str | Path | Sequence[np.ndarray], optional): Images for the detector, a folder if
            the truths are one, otherwise arrays. Defaults to None.
        names (str | Path | Sequence[str], optional): Names of the files to score, or a text file
            that lists them. Defaults to None: all.
        fit_masks (bool): Whether a mask of another size than its prediction is resized to it;
            of no use if both are resized to one size later. Masks of a detector's images always
            are, as in its test. Defaults to True.

    Attributes:
        names (list[str]): Names of the images, in their order.
        data (str): What is scored, in words.
        unscored (int): Truths that have no prediction.
        resized (dict[str, tuple]): Shapes of mask and prediction, by the names of the images whose
            mask was resized so far.

    Raises:
        OSError: If a folder or a file cannot be read.
        TypeError: If folders and arrays are mixed, or something else is no detector.
        ValueError: If predictions and truths do not belong together.
    """

    def __init__(
        self,
        predictions: Any,
        truths: Images,
        *,
        images: Images | None = None,
        names: str | Path | Sequence[str] | None = None,
        fit_masks: bool = True,
    ) -> None:
        self._detect: Predict | None = None
        if images is not None:
            self._detect = getattr(predictions, 'predict', predictions)
        is_detector = hasattr(predictions, 'predict') or callable(predictions)
        if is_detector != (images is not None):
            raise TypeError(
                'a detector needs images'
                if is_detector
                else f'with images, predictions must be a detector, not {predictions!r:.60}'
            )
        source: Any = predictions if images is None else images
        self._items: Mapping[str, Any]
        self._truths: Mapping[str, Any]
        if isinstance(source, (str, Path)) != isinstance(truths, (str, Path)):
            raise TypeError('truths and predictions (or images) must be folders, or arrays, both')
        self.resized: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {}
        self._fit_masks = fit_masks or images is not None
        self._levels = getattr(predictions, 'levels', GreyLevels())
        if isinstance(truths, (str, Path)):
            self._open_folders(Path(source), Path(truths), names)
        else:
            if names is not None:
                raise TypeError('names are of files; arrays have none')
            self._items, self._truths = _numbered(source), _numbered(truths)
            if len(self._items) != len(self._truths):
                raise ValueError(
                    f'there are {len(self._items)} predictions (or images) and '
                    f'{len(self._truths)} truths'
                )
            self.data = counted(len(self._items), 'image')
        self.names = list(self._items)
        self.unscored = len(self._truths) - len(self._items)

    def _open_folders(
        self, source: Path, truths: Path, names: str | Path | Sequence[str] | None
    ) -> None:
        """Find the files; the arguments are those of the class."""
        files = files_by_name(source) if self._detect is not None else None
        if files is None:
            self._folder = PredictionFolder(source)
            files = self._folder.files
        masks = files_by_name(truths, endings=MASK_ENDINGS)
        split = ''
        if names is not None:
            split = f' {Path(names).stem}' if isinstance(names, (str, Path)) else ''
            files = keep_names(files, names, str(source))
            masks = keep_names(masks, names, str(truths))
        self._items, self._truths = files, masks
        missing = sorted(set(self._items) - set(self._truths))
        if missing:
            raise FileNotFoundError(
                f'no truth in "{truths}" for {counted(len(missing), "prediction")}: '
                f'{", ".join(missing[:5])}'
            )
        folders = (folder.name for folder in truths.resolve().parents)
        data_set = next(name for name in folders if name != 'annotations')
        self.data = f'{data_set}{split}, {counted(len(self._items), "image")}'

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """Name, probability (H, W) and truth (H, W) of each image."""
        for name in self.names:
            probability, truth = self._probability(name), self._truth(name)
            if self._fit_masks and probability.shape != truth.shape:
                self.resized[name] = truth.shape, probability.shape
                truth = resize_mask(truth, probability.shape[::-1])
            yield name, probability, truth

    def _probability(self, name: str) -> np.ndarray:
        """Read or predict the map of an image."""
        item = self._items[name]
        is_file = isinstance(item, Path)
        if self._detect is not None:
            image = read_image(item) if is_file else np.asarray(item)
            place = str(item) if is_file else f'image {name}'
            return self._detect(self._levels(image, place))
        if is_file:
            return self._folder.read(name)
        values = np.asarray(item)
        # Other types are refused by the protocol.
        return values.astype(np.float32) if values.dtype.kind in 'bf' else values

    def _truth(self, name: str) -> np.ndarray:
        """Read the truth of an image."""
        item = self._truths[name]
        if isinstance(item, Path):
            return read_truth(item)
        mask = np.asarray(item)
        if mask.ndim not in (2, 3):
            raise ValueError(f'{name}: a truth must be (H, W) or (H, W, C), not {mask.shape}')
        return binary_mask(mask)

    def remarks(self) -> list[str]:
        """Say what a reader of the figures should know: levels, truths left out, masks resized."""
        found = self._levels.remarks()
        if self.unscored:
            found.append(f'not scored: {counted(self.unscored, "truth")} without a prediction')
        for name, (mask, prediction) in self.resized.items():
            found.append(
                f'{name}: the mask is {mask}, the prediction {prediction} (height, width); scored '
                'at the size of the prediction'
            )
        return found


def _numbered(arrays: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Name arrays by their positions."""
    return {str(index): array for index, array in enumerate(arrays)}
