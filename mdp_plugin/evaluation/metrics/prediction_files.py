"""What `tools/test.py --out` leaves on disk: pictures of the predictions and a JSON of figures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...whole_files import write_whole
from ..figures import without_nan


class PredictionFiles:
    """Write predictions and figures below one folder.

    - ``masks/NAME.png``: decision, 8 bit, 0 or 255.
    - ``probabilities/NAME.png``: probability of a target, 16 bit, 65535 means 1.
    - ``irstd_metric.json``: figures, protocol and curves.

    ``NAME`` is the image's file name without suffix.

    Args:
        output_dir (str): The folder; made where it is missing.
    """

    def __init__(self, output_dir: str) -> None:
        self.root = Path(output_dir)
        self._sources: dict[str, str] = {}
        for folder in ('masks', 'probabilities'):
            (self.root / folder).mkdir(parents=True, exist_ok=True)

    def save_image(self, img_path: str, probability: np.ndarray, pred: np.ndarray) -> None:
        """Write mask and probability of one image.

        Args:
            img_path (str): Path of the image; its stem names the files.
            probability (np.ndarray): Of a target, (H, W) float in 0..1.
            pred (np.ndarray): Decision, (H, W) bool.

        Raises:
            ValueError: Two images share a name, so one would overwrite the other.
        """
        name = Path(img_path).stem
        if self._sources.setdefault(name, img_path) != img_path:
            raise ValueError(
                f'{img_path} and {self._sources[name]} would both be written as {name}.png in '
                f'{self.root}; test these data sets one by one, each with its own --out'
            )
        Image.fromarray(pred.astype(np.uint8) * 255).save(self.root / 'masks' / f'{name}.png')
        deep = np.rint(probability.astype(np.float64) * 65535).astype(np.uint16)
        Image.fromarray(deep).save(self.root / 'probabilities' / f'{name}.png')

    def save_report(self, report: dict[str, Any]) -> Path:
        """Write the figures.

        Args:
            report (Dict[str, Any]): Nested dicts and lists of plain numbers and words.

        Returns:
            Path: The file that was written. Undefined figures (NaN) are null in it.
        """
        path = self.root / 'irstd_metric.json'
        text = json.dumps(without_nan(report), indent=1, allow_nan=False)
        write_whole(path, f'{text}\n'.encode())
        return path
