"""Files that are there either whole or not at all, whatever stops the process."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

#: Ending of a file that is being written.
PART = '.part'


@contextlib.contextmanager
def open_whole(path: Path, mode: str = 'wb', **options: Any) -> Iterator[IO[Any]]:
    """Open a file that gets its name when it is whole; until then a former one stays.

    Args:
        path (Path): The file; its folder is made.
        mode (str): As for ``open``. Defaults to 'wb'.
        **options: As for ``open``.

    Yields:
        IO[Any]: To write to.

    Raises:
        OSError: If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f'.{path.name}{PART}')
    try:
        with open(part, mode, **options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by :func:`open_whole`.

    Args:
        path (Path): The file.
        content (bytes): What it holds.

    Raises:
        OSError: If it cannot be written.
    """
    with open_whole(path) as file:
        file.write(content)
