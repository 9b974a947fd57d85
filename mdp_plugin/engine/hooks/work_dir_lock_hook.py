"""One training at a time in a work dir."""

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from mmengine.dist import broadcast_object_list
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop
from mmseg.registry import HOOKS

from ..checkpoint_files import WorkDirError

NAME = '.training.lock'

# The system drops a process's lock when that process closes the file anywhere, so that each is
# opened once.
_open_files: dict[Path, IO[str]] = {}


def lock_work_dir(work_dir: Path) -> bool:
    """Take the lock of a work dir, which the system releases when the process ends or dies.

    It is a lock of the process, not of an open file: data workers that outlive a killed training
    by some seconds do not hold it.

    Args:
        work_dir (Path): Folder of the training.

    Returns:
        bool: False where the file system has no locks.

    Raises:
        WorkDirError: If another process trains there.
    """
    path = work_dir.resolve() / NAME
    if path not in _open_files:
        _open_files[path] = open(path, 'a+')  # noqa: SIM115  (closing it would release the lock)
    file = _open_files[path]
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN):
            return False
        file.seek(0)
        holder = file.read().strip() or 'another process'
        unlock_work_dir(work_dir)
        raise WorkDirError(
            f'"{work_dir}": {holder} trains in this work dir, and both would overwrite each '
            'other. Wait for its end or stop it, or choose another folder with --work-dir.'
        ) from None
    file.seek(0)
    file.truncate()
    file.write(f'process {os.getpid()} on {socket.gethostname()}\n')
    file.flush()
    return True


def unlock_work_dir(work_dir: Path) -> None:
    """Release the lock, if this process holds it."""
    file = _open_files.pop(work_dir.resolve() / NAME, None)
    if file is not None:
        file.close()


@HOOKS.register_module()
class WorkDirLockHook(Hook):
    """Refuse to train in a work dir where another training runs.

    Two would overwrite each other's checkpoints, and both would end well. The first process of a
    distributed training takes the lock for all.
    """

    priority = 'HIGHEST'  # before the checkpoint to resume from is chosen

    def before_run(self, runner: Runner) -> None:
        """Take the lock for a training; validation and test need none.

        Args:
            runner (Runner): The runner.

        Raises:
            WorkDirError: If another process trains there.
        """
        if not isinstance(runner._train_loop, BaseLoop):
            return
        failure: list[str | None] = [None]
        if runner.rank == 0:
            try:
                if not lock_work_dir(Path(runner.work_dir)):
                    runner.logger.warning(
                        f'"{runner.work_dir}" is on a file system without locks: see to it that '
                        'no other training uses this folder'
                    )
            except WorkDirError as error:
                failure = [str(error)]
        broadcast_object_list(failure)
        if failure[0] is not None:
            raise WorkDirError(failure[0])

    def after_run(self, runner: Runner) -> None:
        """Release the lock.

        Args:
            runner (Runner): The runner.
        """
        if runner.rank == 0:
            unlock_work_dir(Path(runner.work_dir))
