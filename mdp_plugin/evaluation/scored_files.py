"""Predictions and truths as files: how they are found and read."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from ..imaging.masks import binary_mask, without_alpha
from ..imaging.picture_files import IMAGE_SUFFIXES, read_image
from ..wording import counted

Item = TypeVar('Item')

#: What data sets add to the name of a mask.
MASK_ENDINGS = ('_pixels0', '_mask', '_gt', '_label')
#: Suffixes of predictions.
PREDICTION_SUFFIXES = (*IMAGE_SUFFIXES, '.npy')


def files_by_name(
    folder: Path, suffixes: Sequence[str] = IMAGE_SUFFIXES, endings: Sequence[str] = ()
) -> dict[str, Path]:
    """List the files of a folder by the name of the image that they belong to.

    If the folder itself holds none, those of its sub-folders count, such as one for each
    recording; their names begin with the sub-folder's, ``night/0001``.

    Args:
        folder (Path): The folder.
        suffixes (Sequence[str]): Suffixes that count. Defaults to those of images.
        endings (Sequence[str]): Endings of a name that do not belong to the image's. Defaults to
            none.

    Returns:
        dict[str, Path]: Files by name, sorted.

    Raises:
        FileNotFoundError: If there is no such folder, or it holds no such file.
        ValueError: If two files are of one image.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f'there is no folder "{folder}"')
    named: dict[str, Path] = {}
    for file in _files(folder, suffixes):
        name = file.relative_to(folder).with_suffix('').as_posix()
        for ending in endings:
            name = name.removesuffix(ending)
        if name in named:
            raise ValueError(f'"{named[name]}" and "{file}" are of one image; keep one of them')
        named[name] = file
    if not named:
        raise FileNotFoundError(f'"{folder}" holds no {", ".join(suffixes)}')
    return named


def _files(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """Files of these suffixes in a folder, or else in its sub-folders, sorted."""
    for pattern in ('*', '**/*'):
        files = [file for file in folder.glob(pattern) if file.suffix.lower() in suffixes]
        if files:
            return sorted(files)
    return []


def read_names(file: Path) -> list[str]:
    """Read the names of a split, one a line, with or without the suffix of an image.

    Args:
        file (Path): Text file.

    Returns:
        list[str]: The names in its order, without suffixes.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is empty, or lists a name twice.
    """
    try:
        lines = file.read_text(encoding='utf-8-sig').split('\n')
    except UnicodeDecodeError as error:
        raise ValueError(f'"{file}" is no list of names') from error
    names = [line.strip() for line in lines if line.strip()]
    names = [
        name.rpartition('.')[0] if name.lower().endswith(IMAGE_SUFFIXES) else name for name in names
    ]
    if not names:
        raise ValueError(f'"{file}" lists no name')
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f'"{file}" lists {", ".join(twice[:5])} more than once')
    return names


def keep_names(
    items: Mapping[str, Item], names: str | Path | Sequence[str], where: str
) -> dict[str, Item]:
    """Keep what belongs to some images.

    Args:
        items (Mapping[str, Item]): Files, or whatever else, by the image's name.
        names (str | Path | Sequence[str]): Names to keep, or a text file that lists them.
        where (str): What the items are taken from, for the error message.

    Returns:
        dict[str, Item]: The kept ones, in the order of the names.

    Raises:
        FileNotFoundError: If nothing is there of a name; says what else is.
    """
    if isinstance(names, (str, Path)):
        names = read_names(Path(names))
    missing = [name for name in names if name not in items]
    if missing:
        raise FileNotFoundError(
            f'"{where}" has no file for {len(missing)} of {counted(len(names), "image")}: '
            f'{", ".join(missing[:5])}; it has {counted(len(items), "image")}, such as '
            f'{", ".join(list(items)[:3])}'
        )
    return {name: items[name] for name in names}


def _read_map(path: Path) -> np.ndarray:
    """Read a predicted picture at its own depth, (H, W) uint8 or uint16."""
    image = read_image(path)
    if image.dtype not in (np.uint8, np.uint16):
        raise ValueError(f'"{path}" is of {image.dtype}; pictures of 8 or 16 bit are possible')
    channels = without_alpha(image)
    values = channels.max(axis=2)
    # A mask may have any colour; how probable a colour is nobody knows.
    is_mask = np.count_nonzero(values) == np.count_nonzero(values == values.max())
    if not is_mask and (channels != channels[..., :1]).any():
        raise ValueError(f'"{path}" is coloured; a map of probabilities has grey levels')
    return values


def are_ones(files: Iterable[Path]) -> bool:
    """Decide for a folder of predictions how bright its pictures are.

    A single picture does not tell: where the largest value is 1, it is a mask of 0 and 1 or a
    frame in which next to nothing was found. So all of them decide together.

    Args:
        files (Iterable[Path]): All predictions of the folder.

    Returns:
        bool: Whether 1 is white; otherwise the largest value of the type is (255 or 65535).

    Raises:
        OSError: If a file cannot be read.
        ValueError: If some are masks of 0 and 1, and others of 0 and white.
    """
    one: Path | None = None
    white: tuple[Path, int] | None = None
    for path in files:
        if path.suffix.lower() == '.npy':
            continue
        values = _read_map(path)
        top, full = int(values.max()), int(np.iinfo(values.dtype).max)
        if top == 1:
            one = one or path
        elif top == full and np.count_nonzero(values) == np.count_nonzero(values == full):
            white = white or (path, full)
        elif top > 1:
            return False  # grey levels, so these are probabilities
    if one and white:
        raise ValueError(
            f'"{one}" is a mask of 0 and 1 and "{white[0]}" one of 0 and {white[1]}; '
            'bring all masks of the folder to the same white'
        )
    return one is not None


def read_prediction(path: Path, *, ones: bool = False) -> np.ndarray:
    """Read a mask or a probability map.

    Args:
        path (Path): Picture or '.npy' file.
        ones (bool): Whether 1 is white in a picture, see :func:`are_ones`. Defaults to False.

    Returns:
        np.ndarray: float32 (H, W) in 0..1.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is neither.
    """
    if path.suffix.lower() == '.npy':
        try:
            values = np.load(path, allow_pickle=False)
            is_map = values.ndim == 2 and 0 <= values.min() <= values.max() <= 1
        except OSError:
            raise
        except Exception as error:  # damaged files fail in many ways
            raise ValueError(
                f'"{path}" is no array of NumPy (.npy), or a damaged one: '
                f'{type(error).__name__}: {error}'
            ) from error
        if not is_map:
            raise ValueError(f'"{path}" must hold probabilities of 0..1, (H, W)')
        return values.astype(np.float32)
    values = _read_map(path)
    return (values / (1 if ones else np.iinfo(values.dtype).max)).astype(np.float32)


class PredictionFolder:
    """Predictions that another program has written, by the names of their images.

    Args:
        folder (Path): Masks or probabilities, see :func:`read_prediction`.

    Attributes:
        files (dict[str, Path]): Their files by name, sorted.

    Raises:
        OSError: If there is no such folder, it holds no prediction, or one cannot be read.
        ValueError: If two are of one image, or they do not agree on what is white.
    """

    def __init__(self, folder: Path) -> None:
        self.files = files_by_name(folder, PREDICTION_SUFFIXES, MASK_ENDINGS)
        self._ones = are_ones(self.files.values())
        self._folder = folder

    def require(self, names: Sequence[str]) -> None:
        """Raise FileNotFoundError if an image of these has no prediction."""
        keep_names(self.files, names, str(self._folder))

    def read(self, name: str) -> np.ndarray:
        """Read the probability map of an image, float32 (H, W)."""
        file = keep_names(self.files, [name], str(self._folder))[name]
        return read_prediction(file, ones=self._ones)


def read_truth(path: Path) -> np.ndarray:
    """Read a true mask, by the rule of :func:`~mdp_plugin.imaging.masks.binary_mask`.

    Args:
        path (Path): Picture.

    Returns:
        np.ndarray: bool (H, W).

    Raises:
        OSError: If the file cannot be read.
    """
    return binary_mask(read_image(path))
