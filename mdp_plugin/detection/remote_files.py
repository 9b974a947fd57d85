"""Files in other storages, named by an address such as ``s3://bucket/frame.png``, by fsspec."""

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ..installation import install_command, missing_packages
from .written_files import writing

#: Bytes that are copied at a time.
_PIECE = 1 << 20
#: What storages say of a file that tells it from what it was; each says some of these.
_ABOUT = (
    'ETag', 'etag', 'LastModified', 'last_modified', 'mtime', 'created', 'updated', 'md5Hash',
    'generation', 'CRC', 'date_time',
)  # fmt: skip


def is_remote(text: str) -> bool:
    """Whether a text is an address, and no path."""
    return '://' in text


def split_remote(url: str) -> tuple[str, str, str]:
    """Split an address into what stands before a file's own name, the name, and what follows.

    Args:
        url (str): Such as ``zip://night/1.png::frames.zip``.

    Returns:
        tuple[str, str, str]: Such as ``zip://night/``, ``1.png`` and ``::frames.zip``.
    """
    address, chain, rest = url.partition('::')
    folder, slash, own = address.rpartition('/')
    return folder + slash, own, chain + rest


def find_remote(url: str, suffixes: tuple[str, ...]) -> list[tuple[str, str]]:
    """List the files that an address names.

    Args:
        url (str): Address of a file, a folder (searched to its bottom) or a pattern.
        suffixes (tuple[str, ...]): What files of a folder end with.

    Returns:
        list[tuple[str, str]]: Address and name of each, in no particular order.

    Raises:
        ImportError: If fsspec, or what it needs for the protocol, is not installed.
        OSError: If the storage cannot be read.
    """
    with _naming(url):
        system, path = _open(url)
        found: dict[str, str | None]
        if any(mark in path for mark in '*?['):
            found = dict.fromkeys(system.glob(path))
        elif system.isdir(path):
            inside = system.find(path)
            found = {
                file: file.removeprefix(system._strip_protocol(path)).lstrip('/')
                for file in inside
                if file.lower().endswith(suffixes)
            }
        else:
            found = {path: None} if system.isfile(path) else {}
        rest = split_remote(url)[2]
        return [
            (system.unstrip_protocol(file) + rest, name or file.rpartition('/')[2])
            for file, name in found.items()
        ]


def remote_state(url: str) -> tuple[str, int, int]:
    """What tells a file from others, and from what it was: its address, size and a number.

    The number stands for what the storage says of it: its time, its digest.

    Args:
        url (str): Its address.

    Raises:
        ImportError: If what reads the storage is not installed.
        OSError: If it is gone, or the storage cannot be read.
    """
    with _naming(url):
        system, path = _open(url)
        about = system.info(path)
        told = repr([about.get(key) for key in _ABOUT]).encode()
        return url, int(about['size'] or 0), int(hashlib.sha256(told).hexdigest()[:15], 16)


@contextlib.contextmanager
def fetched(url: str) -> Iterator[Path]:
    """Copy a file to this machine for as long as it is used.

    Args:
        url (str): Its address.

    Yields:
        Path: The copy. Errors that name it name the address instead.

    Raises:
        ImportError: If what reads the storage is not installed.
        OSError: If it is gone, or cannot be read.
        WriteError: If there is no room for the copy.
    """
    with tempfile.TemporaryDirectory(prefix='mdpnet-') as folder:
        copy = Path(folder) / split_remote(url)[1]
        with _naming(url):
            system, path = _open(url)
            source = system.open(path, 'rb')
        with source:
            _copy(source, copy, url)
        try:
            yield copy
        except OSError as error:
            if str(copy) not in str(error):
                raise
            raise OSError(str(error).replace(str(copy), url)) from error


def _copy(source: IO[bytes], copy: Path, url: str) -> None:
    """Copy a file; the disk here that is full is no fault of the file there."""
    with writing(copy):
        file = copy.open('wb')
    with file:
        while True:
            with _naming(url):
                content = source.read(_PIECE)
            if not content:
                return
            with writing(copy):
                file.write(content)
                file.flush()


def _open(url: str) -> tuple[Any, str]:
    """The storage of an address, and the path in it."""
    if missing_packages('fsspec'):
        raise ImportError(f'"{url}" is read by fsspec: {install_command("remote")}')
    from fsspec.core import url_to_fs

    return url_to_fs(url)


@contextlib.contextmanager
def _naming(url: str) -> Iterator[None]:
    """Name the address; each storage has errors of its own."""
    try:
        yield
    except ImportError:
        raise
    except FileNotFoundError as error:
        raise FileNotFoundError(f'there is no file "{url}"') from error
    except Exception as error:
        raise OSError(f'cannot read "{url}": {error}') from error
