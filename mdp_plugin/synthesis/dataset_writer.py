"""Writes synthetic scenes to disk in the layout of SIRST."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..imaging.picture_files import write_picture
from ..whole_files import write_whole
from .scene_generator import SceneGenerator
from .scene_settings import SceneSettings

SETTINGS_FILE = 'synthetic.json'
GENERATOR_VERSION = 1
"""Raised whenever the same settings and seed give other pictures than before."""

SPLITS = ('train', 'val', 'test')


class DatasetWriter:
    """Keeps a folder of synthetic images in step with its settings.

    The folder holds ``images/NAME.png``, ``masks/NAME_pixels0.png``, ``idx/{train,val,test}.txt``
    and ``synthetic.json`` with the settings. Images that are there already are kept, so an
    interrupted run is continued and a finished one costs nothing; a larger ``num`` adds images.
    Split membership, like content, depends on an image's number only.

    Args:
        root (str | os.PathLike): Folder of the data set.
        settings (SceneSettings, optional): What to draw. Defaults to ``SceneSettings()``.
        num (int): Number of images, 3 or more (one for each split). Defaults to 200.
        seed (int): Seed of the series. Defaults to 0.
        fractions (tuple[float, float, float]): Shares of train, val and test; they are divided
            by their sum. Defaults to (0.6, 0.2, 0.2), as in SIRST.

    Raises:
        ValueError: If ``num``, ``seed`` or ``fractions`` cannot be used.
    """

    def __init__(
        self,
        root: str | os.PathLike,
        settings: SceneSettings | None = None,
        num: int = 200,
        seed: int = 0,
        fractions: tuple[float, float, float] = (0.6, 0.2, 0.2),
    ) -> None:
        if isinstance(num, bool) or not isinstance(num, int) or num < len(SPLITS):
            raise ValueError(f'num must be a whole number >= {len(SPLITS)}, got {num!r}')
        if len(fractions) != len(SPLITS) or not all(0 < share < np.inf for share in fractions):
            raise ValueError(
                f'fractions must be three positive numbers (train, val, test), got {fractions!r}'
            )
        self.root = Path(root)
        self.generator = SceneGenerator(settings, seed)
        self.num = num
        self.fractions = tuple(float(share) / sum(fractions) for share in fractions)

    def write(
        self, overwrite: bool = False, progress: Callable[[int, int], None] | None = None
    ) -> int:
        """Make the images that are missing, then the split lists.

        Args:
            overwrite (bool): Replace a data set with other settings. Only images, masks and
                lists that this class writes are removed. Defaults to False.
            progress (Callable, optional): Called as ``progress(done, total)`` after each new
                image. Defaults to None.

        Returns:
            int: Number of images made; 0 if all were there.

        Raises:
            FileExistsError: If the folder holds other data and ``overwrite`` is off.
            OSError: If a file cannot be written.
        """
        prepare_folder(self.root, self._description(), self._clear, overwrite)
        for folder in ('images', 'masks', 'idx'):
            (self.root / folder).mkdir(exist_ok=True)
        missing = [i for i in range(self.num) if not all(p.is_file() for p in self._paths(i))]
        for done, index in enumerate(missing, 1):
            scene = self.generator(index)
            image_path, mask_path = self._paths(index)
            write_picture(mask_path, scene.mask)
            write_picture(image_path, scene.image)
            if progress is not None:
                progress(done, len(missing))
        names = self.split_names()
        for split in SPLITS:
            write_text(self.root / 'idx' / f'{split}.txt', '\n'.join(names[split]) + '\n')
        return len(missing)

    def split_names(self) -> dict[str, list[str]]:
        """Names of each split's images: the split that lags most behind its share gets the next.

        Returns:
            dict[str, list[str]]: Names without suffix, by split, disjoint and never empty.
        """
        names: dict[str, list[str]] = {split: [] for split in SPLITS}
        for index in range(self.num):
            lag = [
                share * (index + 1) - len(names[split])
                for split, share in zip(SPLITS, self.fractions, strict=True)
            ]
            if index < len(SPLITS):
                lag = [-len(names[split]) for split in SPLITS]
            names[SPLITS[int(np.argmax(np.round(lag, 9)))]].append(_name(index))
        return names

    def _description(self) -> dict[str, Any]:
        """What the settings file holds; lists for tuples, as JSON reads them back."""
        description = dict(
            generator='mdp_plugin.synthesis',
            version=GENERATOR_VERSION,
            seed=self.generator.seed,
            num=self.num,
            fractions=self.fractions,
            white_level=self.generator.settings.white_level,
            scene=self.generator.settings.to_dict(),
        )
        return json.loads(json.dumps(description))

    def _paths(self, index: int) -> tuple[Path, Path]:
        """Image and mask file of one image."""
        name = _name(index)
        return self.root / 'images' / f'{name}.png', self.root / 'masks' / f'{name}_pixels0.png'

    def _clear(self) -> None:
        """Remove what an earlier run of this class wrote, and nothing else."""
        for pattern in ('images/synthetic_*.png', 'masks/synthetic_*_pixels0.png'):
            for path in self.root.glob(pattern):
                path.unlink()
        for name in (SETTINGS_FILE, *(f'idx/{split}.txt' for split in SPLITS)):
            (self.root / name).unlink(missing_ok=True)


def prepare_folder(
    root: Path, wanted: dict[str, Any], clear: Callable[[], None], overwrite: bool
) -> None:
    """Compare a folder with the settings, clear it if asked to, note the settings.

    Args:
        root (Path): The folder.
        wanted (dict): What its settings file is to hold.
        clear (Callable): Removes what was written with other settings.
        overwrite (bool): Whether it may.

    Raises:
        FileExistsError: If the folder holds other data, and may not be cleared.
        OSError: If the settings cannot be written.
    """
    settings_file = root / SETTINGS_FILE
    if settings_file.is_file():
        reason = _difference(_read_settings(settings_file), wanted)
    elif root.is_dir() and any(root.iterdir()):
        reason = f'it has no {SETTINGS_FILE}, so it was not made by this generator'
    else:
        reason = None
    if reason is not None:
        if not overwrite:
            raise FileExistsError(
                f'{root} holds other data: {reason}. Choose another folder, use the '
                'same settings, or overwrite it (--overwrite).'
            )
        clear()
    root.mkdir(parents=True, exist_ok=True)
    write_text(settings_file, json.dumps(wanted, indent=2) + '\n')


def _name(index: int) -> str:
    return f'synthetic_{index:06d}'


def _read_settings(path: Path) -> dict[str, Any]:
    """Read the settings file; one that cannot be read counts as other settings.

    Fields that did not exist when it was written have their defaults, which draw what was drawn.
    """
    try:
        found = json.loads(path.read_text(encoding='utf-8'))
        scene = SceneSettings.from_dict(found['scene']).to_dict()
    except (ValueError, TypeError, KeyError):
        return {}
    return {**found, 'scene': json.loads(json.dumps(scene))}


def _difference(found: dict[str, Any], wanted: dict[str, Any]) -> str | None:
    """Say where two descriptions differ; None if the wanted one continues the found one."""
    found, wanted = _flatten(found), _flatten(wanted)
    for key in sorted(set(found) | set(wanted)):
        if found.get(key) == wanted.get(key):
            continue
        if key == 'num' and isinstance(found.get(key), int) and found[key] < wanted[key]:
            continue
        return f'{key} is {found.get(key)!r} there and {wanted.get(key)!r} here'
    return None


def _flatten(values: dict[str, Any], prefix: str = '') -> dict[str, Any]:
    """Nested dictionaries to one level with dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f'{prefix}{key}.'))
        else:
            flat[f'{prefix}{key}'] = value
    return flat


def write_text(path: Path, text: str) -> None:
    """Write a text that is whole or not there."""
    write_whole(path, text.encode('utf-8'), lasting=False)
