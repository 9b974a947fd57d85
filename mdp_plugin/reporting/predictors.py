"""What a report scores: a detector, or a folder of predictions."""

from pathlib import Path
from typing import Any

import numpy as np

from ..detection.detector_name import DetectorName
from ..detection.detector_settings import weight_files
from ..evaluation.functional import UNCALIBRATED, Confidence
from ..evaluation.scored_files import PredictionFolder
from ..imaging.grey_levels import GreyLevels


class FolderPredictor:
    """Predictions that another program has written.

    Args:
        folder (Path): The folder.
        levels (GreyLevels): Makes grey levels of the images, which are shown.

    Raises:
        FileNotFoundError: If it holds no prediction.
        ValueError: If its pictures do not agree on what is white.
    """

    confidence: Confidence = UNCALIBRATED
    interpolation = None  # it cannot be asked for images of another size
    size = None
    files: list[Path] = []

    def __init__(self, folder: Path, levels: GreyLevels) -> None:
        self.levels = levels
        self._folder = PredictionFolder(folder)

    def require(self, names: list[str]) -> None:
        """Raise FileNotFoundError if an image of these has no prediction."""
        self._folder.require(names)

    def __call__(self, grey: np.ndarray | None, name: str) -> np.ndarray:
        """Read the probability map (H, W) of an image; the grey levels are not looked at."""
        return self._folder.read(name)


class ModelPredictor:
    """A detector of this project, on grey levels that are read already.

    Args:
        named (DetectorName): The detector.
        threads (int, optional): Threads of the CPU. Defaults to None: one for each core.
        **levels: Options of its grey levels, see :class:`TargetDetector`.
    """

    def __init__(self, named: DetectorName, *, threads: int | None = None, **levels: Any) -> None:
        self._detector = named.open(threads=threads, **levels)
        self.levels = self._detector.levels
        self.confidence = self._detector.confidence or UNCALIBRATED
        self.interpolation = self._detector.interpolation
        self.size = self._detector.size
        self.files = weight_files(self._detector)

    def __call__(self, grey: np.ndarray, name: str) -> np.ndarray:
        """Predict the probability map (H, W) of grey levels (H, W)."""
        return self._detector.predict(grey)


def open_predictor(
    named: DetectorName, *, threads: int | None = None, **levels: Any
) -> FolderPredictor | ModelPredictor:
    """Open what the command line names: a folder, or a detector."""
    if named.kind == 'folder':
        given = {key: value for key, value in levels.items() if value is not None}
        return FolderPredictor(Path(named.path), GreyLevels(**given))
    return ModelPredictor(named, threads=threads, **levels)
