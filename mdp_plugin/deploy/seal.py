"""The seal of an exported file: its digest, by which a changed file is known.

A graph with a few other bytes in its weights runs as well as before and finds something else. So
a file carries the SHA-256 of its bytes, computed with zeros in the place of the seal itself. For
OpenVINO and ncnn the file of the weights beside it counts as well. A '.pt2' file is a ZIP
archive, which has checksums of its own.
"""

import hashlib
import re
import zipfile
from pathlib import Path

from ..whole_files import write_whole

#: What stands in a description before the seal is known.
UNSEALED = '0' * 64
_SEAL = re.compile(rb'seal(?:"|&quot;): (?:"|&quot;)([0-9a-f]{64})')


def seal(path: Path) -> None:
    """Write the seal into a file whose description has :data:`UNSEALED` in its place.

    Args:
        path (Path): The exported file; one that has no such place stays as it is.
    """
    content = path.read_bytes()
    found = _SEAL.search(content)
    if found:
        digest = _digest(path, content, found).encode()
        write_whole(path, content[: found.start(1)] + digest + content[found.end(1) :])


def check_seal(path: Path) -> None:
    """Refuse a file that was changed after it was exported.

    Args:
        path (Path): The exported file; one without a seal is taken as it is.

    Raises:
        ValueError: If it was.
    """
    if path.suffix == '.pt2':
        damaged = damaged_entry(path)
        whole = damaged is None
    else:
        content = path.read_bytes()
        found = _SEAL.search(content)
        whole = not found or _digest(path, content, found).encode() == found[1]
    if not whole:
        raise ValueError(f'"{path}" is damaged, or was changed after its export; export it anew')


def damaged_entry(path: Path) -> str | None:
    """Name the first entry of a ZIP archive that does not match its checksum.

    Args:
        path (Path): The file.

    Returns:
        str | None: Its name, or a word on what else is wrong; None if all of it is whole.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip()
    except Exception as error:  # damaged archives fail in many ways
        return f'{type(error).__name__}: {error}'


def _digest(path: Path, content: bytes, found: re.Match[bytes]) -> str:
    digest = hashlib.sha256(content[: found.start(1)])
    digest.update(UNSEALED.encode() + content[found.end(1) :])
    beside = path.with_suffix('.bin')
    if path.suffix in ('.xml', '.param') and beside.is_file():
        digest.update(beside.read_bytes())
    return digest.hexdigest()
