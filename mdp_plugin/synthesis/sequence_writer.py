"""Writes synthetic sequences to disk: frames, masks and a table of the true targets."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..imaging.picture_files import write_picture
from .dataset_writer import GENERATOR_VERSION, prepare_folder, write_text
from .sequence_generator import SequenceGenerator, SequenceSettings

TRUTH_FILE = 'truth.csv'


class SequenceWriter:
    """Keeps a folder of synthetic sequences in step with its settings.

    Each sequence is a folder ``sequence_NNNN`` with ``images/NNNNNN.png``,
    ``masks/NNNNNN_pixels0.png`` and ``truth.csv``, a line for each target in each frame. The
    table is written last: sequences that have one are kept, and an interrupted run is continued.

    Args:
        root (str | os.PathLike): Folder of the sequences.
        settings (SequenceSettings, optional): What to draw. Defaults to ``SequenceSettings()``.
        num (int): Number of sequences, 1 or more. Defaults to 5.
        seed (int): Seed of the series. Defaults to 0.

    Raises:
        ValueError: If ``num`` or ``seed`` cannot be used.
    """

    def __init__(
        self,
        root: str | os.PathLike,
        settings: SequenceSettings | None = None,
        num: int = 5,
        seed: int = 0,
    ) -> None:
        if isinstance(num, bool) or not isinstance(num, int) or num < 1:
            raise ValueError(f'num must be a whole number >= 1, got {num!r}')
        self.root = Path(root)
        self.generator = SequenceGenerator(settings, seed)
        self.num = num

    def write(
        self, overwrite: bool = False, progress: Callable[[int, int], None] | None = None
    ) -> int:
        """Make the sequences that are missing.

        Args:
            overwrite (bool): Replace sequences with other settings. Only what this class writes is
                removed. Defaults to False.
            progress (Callable, optional): Called as ``progress(done, total)`` after each new
                frame. Defaults to None.

        Returns:
            int: Number of frames made; 0 if all were there.

        Raises:
            FileExistsError: If the folder holds other data and ``overwrite`` is off.
            OSError: If a file cannot be written.
            ValueError: If the camera moves over too large a scene.
        """
        prepare_folder(self.root, self._description(), self._clear, overwrite)
        folders = [self.root / f'sequence_{index:04d}' for index in range(self.num)]
        missing = [i for i, folder in enumerate(folders) if not (folder / TRUTH_FILE).is_file()]
        total = len(missing) * self.generator.settings.frames
        done = 0
        for index in missing:
            for name in ('images', 'masks'):
                (folders[index] / name).mkdir(parents=True, exist_ok=True)
            table = io.StringIO()
            writer = csv.writer(table, lineterminator='\n')
            writer.writerow(('frame', 'target_id', 'x', 'y', 'area'))
            for number, frame in enumerate(self.generator(index)):
                write_picture(folders[index] / f'masks/{number:06d}_pixels0.png', frame.mask)
                write_picture(folders[index] / f'images/{number:06d}.png', frame.image)
                for target in frame.targets:
                    place = round(target.x, 3), round(target.y, 3)
                    writer.writerow((number, target.id, *place, target.area))
                done += 1
                if progress is not None:
                    progress(done, total)
            write_text(folders[index] / TRUTH_FILE, table.getvalue())
        return done

    def _description(self) -> dict[str, Any]:
        """What the settings file holds; lists for tuples, as JSON reads them back."""
        settings = self.generator.settings
        description = dict(
            generator='mdp_plugin.synthesis',
            version=GENERATOR_VERSION,
            seed=self.generator.seed,
            num=self.num,
            white_level=settings.scene.white_level,
            **settings.to_dict(),
        )
        return json.loads(json.dumps(description))

    def _clear(self) -> None:
        """Remove what an earlier run of this class wrote, and nothing else."""
        for folder in self.root.glob('sequence_*'):
            for pattern in ('images/*.png', 'masks/*_pixels0.png', TRUTH_FILE):
                for path in folder.glob(pattern):
                    path.unlink()
