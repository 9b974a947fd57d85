"""Faults of a config as sentences: it is a program, and may fail like any other one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def config_faults(path: str | Path) -> Iterator[None]:
    """Name the config of whatever fails while it is read, or while its network is built.

    Args:
        path (str | Path): The config.

    Raises:
        FileNotFoundError: If a file does not exist.
        ValueError: For any other fault.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except (Exception, SystemExit) as error:
        raise ValueError(
            f'the config "{path}" is faulty: {type(error).__name__}: {error}'
        ) from error
