"""Files of results: a disk that is full is no damaged input."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ..whole_files import open_whole


class WriteError(Exception):
    """A result cannot be written. No OSError, so that nobody takes it for a fault of an input."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Name the file that cannot be written.

    Args:
        path (Path): The file.

    Raises:
        WriteError: In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise WriteError(f'cannot write "{path}": {error.strerror or error}') from error


@contextlib.contextmanager
def whole_text(path: Path) -> Iterator[IO[str]]:
    r"""Open a text file by :func:`~mdp_plugin.whole_files.open_whole`.

    What is no UTF-8 in a file's name becomes ``\udc80`` to ``\udcff``, as in JSON.

    Args:
        path (Path): The file.

    Yields:
        IO[str]: To write to.

    Raises:
        WriteError: If it cannot be written.
    """
    text: dict[str, Any] = {'encoding': 'utf-8', 'errors': 'backslashreplace', 'newline': ''}
    with writing(path), open_whole(path, 'w', **text) as file:
        yield file
