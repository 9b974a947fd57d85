"""Files of results: whole or not there, and a disk that is full is no damaged input."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO


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
    r"""Write a text file that has its name only when it is whole; until then an older one stays.

    What is no UTF-8 in a file's name becomes ``\udc80`` to ``\udcff``, as in JSON.

    Args:
        path (Path): The file.

    Yields:
        IO[str]: To write to.

    Raises:
        WriteError: If it cannot be written.
    """
    part = path.with_name(path.name + '.part')
    with writing(path):
        try:
            with part.open('w', encoding='utf-8', errors='backslashreplace', newline='') as file:
                yield file
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
