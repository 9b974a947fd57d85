"""What `evaluate` and `report` score: a detector, or a folder of predictions."""

from pathlib import Path

import numpy as np

from ..detection import TargetDetector
from ..evaluation.functional import UNCALIBRATED, Confidence
from ..evaluation.scored_files import (
    MASK_ENDINGS,
    PREDICTION_SUFFIXES,
    are_ones,
    files_by_name,
    keep_names,
    read_prediction,
)


class FolderPredictor:
    """Predictions that another program has written.

    Args:
        folder (Path): The folder.

    Raises:
        FileNotFoundError: If it holds no prediction.
        ValueError: If its pictures do not agree on what is white.
    """

    confidence: Confidence = UNCALIBRATED
    interpolation = None  # it cannot be asked for images of another size

    def __init__(self, folder: Path) -> None:
        self.files = files_by_name(folder, PREDICTION_SUFFIXES, MASK_ENDINGS)
        self._ones = are_ones(self.files.values())
        self.name = folder.name
        self._folder = folder

    def __call__(self, grey: np.ndarray | None, name: str) -> np.ndarray:
        """Read the probability map (H, W) of an image; the grey levels are not looked at."""
        return read_prediction(keep_names(self.files, [name], self._folder)[name], self._ones)


class ModelPredictor:
    """A detector of this project, on grey levels that are read already.

    Args:
        text (str): Name in the zoo, exported file, or config and weights joined by a comma.
        threads (int, optional): Threads of the CPU. Defaults to None: one for each core.
    """

    def __init__(self, text: str, threads: int | None = None) -> None:
        self.name, _, weights = text.partition(',')
        self._detector = TargetDetector(self.name, weights or None, threads=threads)
        self.confidence = self._detector.confidence or UNCALIBRATED
        self.interpolation = self._detector.interpolation

    def __call__(self, grey: np.ndarray, name: str) -> np.ndarray:
        """Predict the probability map (H, W) of grey levels (H, W)."""
        return self._detector.predict(grey)


def open_predictor(text: str, threads: int | None = None) -> FolderPredictor | ModelPredictor:
    """Open what the command line names: a folder, or a detector."""
    folder = Path(text)
    return FolderPredictor(folder) if folder.is_dir() else ModelPredictor(text, threads)
