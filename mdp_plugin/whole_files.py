"""Files that are there either whole or not at all, whatever stops the process."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

#: Ending of a file that is being written.
PART = '.part'


def part_of(path: Path) -> Path:
    """What a file is called until it is whole: hidden, with :data:`PART` behind its name."""
    return path.with_name(f'.{path.name}{PART}')


@contextlib.contextmanager
def open_whole(
    path: Path, mode: str = 'wb', lasting: bool = True, **options: Any
) -> Iterator[IO[Any]]:
    """Open a file that gets its name when it is whole; until then a former one stays.

    Args:
        path (Path): The file; its folder is made.
        mode (str): As for ``open``. Defaults to 'wb'.
        lasting (bool): Wait until it is on the disk, so that a machine without power keeps it
            whole, too. Not worth the time for many small files that are soon made again. Defaults
            to True.
        **options: As for ``open``.

    Yields:
        IO[Any]: To write to.

    Raises:
        OSError: If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(path)
    try:
        with open(part, mode, **options) as file:
            yield file
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and error.filename is None:
            error.filename = str(path)  # a full disk does not say for which file
        raise


def write_whole(path: Path, content: bytes, lasting: bool = True) -> None:
    """Write a file by :func:`open_whole`.

    Args:
        path (Path): The file.
        content (bytes): What it holds.
        lasting (bool): See :func:`open_whole`. Defaults to True.

    Raises:
        OSError: If it cannot be written.
    """
    with open_whole(path, lasting=lasting) as file:
        file.write(content)
