"""Checkpoints as files: written whole, and found whole."""

import errno
import re
import zipfile
from pathlib import Path
from typing import Any

from mmengine.fileio import LocalBackend, register_backend
from mmengine.runner import CheckpointLoader

from ..whole_files import write_whole

#: How the host names the checkpoints that a training goes on from.
NUMBERED = re.compile(r'^(?:epoch|iter)_(\d+)\.pth$')
#: What a system reports when a disk, a quota or the limit of a file is exhausted.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class WorkDirError(ValueError):
    """A training cannot use its work dir; the message says why and what to do."""


@register_backend('WholeFileBackend', force=True)
class WholeFileBackend(LocalBackend):
    """The host's local files, written by :func:`~mdp_plugin.whole_files.write_whole`."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes to a file, see :class:`WholeFileBackend`.

        Args:
            obj (bytes): The bytes.
            filepath (str | Path): The file.
        """
        write_whole(Path(filepath), obj)


def is_whole(path: Path) -> bool:
    """Whether a checkpoint can be read to its end.

    torch writes checkpoints as zip archives with a check sum for each member and the table of
    contents last, so a file that was cut off or damaged is found without unpickling anything.

    Args:
        path (Path): The checkpoint.

    Returns:
        bool: False if the file is absent, cut off or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint to the CPU, with nothing in the log."""
    return CheckpointLoader.load_checkpoint(str(path), map_location='cpu', logger='silent')


def named_as_last(work_dir: Path, folder: Path) -> Path | None:
    """The checkpoint that the host's file ``last_checkpoint`` names.

    Args:
        work_dir (Path): Folder of the training.
        folder (Path): Folder of its checkpoints.

    Returns:
        Path | None: None if the file is missing, empty or cut off.
    """
    try:
        last = Path((work_dir / 'last_checkpoint').read_text(errors='replace').strip())
    except OSError:
        return None
    if not last.is_file():  # The folder was moved, or training started in another directory.
        last = folder / last.name
    return last if last.is_file() or NUMBERED.match(last.name) else None


def resume_candidates(work_dir: Path, folder: Path | None = None) -> list[Path]:
    """Checkpoints that ``--resume`` may continue from, the preferred one first.

    The host's file ``last_checkpoint`` names the newest. Older ones follow by falling number;
    higher numbers stem from an earlier training in the same folder and are no candidates. Where
    that file is missing or cut off, the newest is the whole one that was written last, by the
    time that stands inside: the time of a file changes when folders are copied.

    Args:
        work_dir (Path): Folder of the training.
        folder (Path, optional): Folder of its checkpoints. Defaults to None: ``work_dir``.

    Returns:
        list[Path]: The candidates; empty if no checkpoint was ever saved.
    """
    folder = folder or work_dir
    last = named_as_last(work_dir, folder)
    if last is not None and NUMBERED.match(last.name) is None:
        return [last]
    numbered = {
        int(match[1]): path
        for path in (folder if last is None else last.parent).glob('*.pth')
        if (match := NUMBERED.match(path.name))
    }
    falling = sorted(numbered, reverse=True)
    if last is None:
        whole = [number for number in falling if is_whole(numbered[number])]
        if not whole:
            return [numbered[number] for number in falling]
        times = {n: read_checkpoint(numbered[n]).get('meta', {}).get('time', '') for n in whole}
        newest = max(whole, key=lambda number: (times[number], number))
    else:
        newest = int(NUMBERED.match(last.name)[1])  # type: ignore[index]
        numbered[newest] = last
    return [numbered[newest], *(numbered[number] for number in falling if number < newest)]
