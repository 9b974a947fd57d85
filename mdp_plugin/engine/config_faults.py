"""Faults of a config as sentences: it is a program, and may fail like any other one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmengine.config import Config


@contextmanager
def config_faults(path: str | Path) -> Iterator[None]:
    """Name the config of whatever fails while it is read, or while its network is built.

    Args:
        path (str | Path): The config.

    Raises:
        ValueError: For a fault of any kind.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        raise ValueError(
            f'the config "{path}" is faulty: {type(error).__name__}: {error}'
        ) from error


def read_config(path: Path) -> Config:
    """Read a config.

    Args:
        path (Path): The file.

    Returns:
        Config: Its content, and that of what it inherits.

    Raises:
        ValueError: If it is faulty.
    """
    with config_faults(path):
        _check_bases(str(path))
        return Config.fromfile(path)


def _check_bases(file: str, above: tuple[Path, ...] = ()) -> None:
    """Refuse configs that inherit each other, which the host reads a thousand times."""
    place = Path(file).resolve()
    if place in above:
        raise ValueError(f'"{file}" inherits itself')
    for base in Config._get_base_files(file):
        _check_bases(Config._get_cfg_path(base, file)[0], (*above, place))
