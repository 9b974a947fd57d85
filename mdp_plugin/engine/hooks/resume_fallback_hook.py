"""Resume from the newest checkpoint of the work dir that is whole."""

import logging
import re
import zipfile
from pathlib import Path

from mmengine.dist import broadcast_object_list
from mmengine.hooks import Hook
from mmengine.runner import CheckpointLoader, Runner
from mmseg.registry import HOOKS

_NUMBERED = re.compile(r'^(?:epoch|iter)_(\d+)\.pth$')


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


def resume_candidates(work_dir: Path) -> list[Path]:
    """Checkpoints that ``--resume`` may continue from, the preferred one first.

    The host's file ``last_checkpoint`` names the newest. Older ones follow by falling number;
    higher numbers stem from an earlier training in the same folder and are no candidates.

    Args:
        work_dir (Path): Folder of the training.

    Returns:
        list[Path]: The candidates; empty if the host never saved one.
    """
    pointer = work_dir / 'last_checkpoint'
    if not pointer.is_file():
        return []
    last = Path(pointer.read_text().strip())
    if not last.is_file():  # The folder was moved, or training started in another directory.
        last = work_dir / last.name
    match = _NUMBERED.match(last.name)
    if match is None:
        return [last]
    numbered = {}
    for path in last.parent.glob('*.pth'):
        number = _NUMBERED.match(path.name)
        if number and int(number[1]) < int(match[1]):
            numbered[int(number[1])] = path
    return [last, *(numbered[number] for number in sorted(numbered, reverse=True))]


@HOOKS.register_module()
class ResumeFallbackHook(Hook):
    """Skip checkpoints that a crash left incomplete when training is resumed.

    The host resumes from the checkpoint that was saved last and fails if that file is cut off,
    for example because the process was killed or the disk was full. With ``max_keep_ckpts`` of
    two or more there is an older one, and this hook selects it with a warning.

    The host takes ``load_from`` for the checkpoint to resume, and so fails where it names weights
    that the training starts from, as in a config that goes on from another model's. Weights
    without an optimizer's state are what they are here: resuming takes the work dir's newest
    checkpoint, and starts from them where there is none. A ``load_from`` that can be resumed is
    never replaced.
    """

    def before_run(self, runner: Runner) -> None:
        """Choose the checkpoint, before the runner loads one.

        Args:
            runner (Runner): The runner that is about to train.

        Raises:
            RuntimeError: If there are checkpoints and none of them is whole.
        """
        if not runner._resume:
            return
        start = runner._load_from
        if start is not None and 'optimizer' in CheckpointLoader.load_checkpoint(
            start, map_location='cpu', logger=None
        ):
            return
        # What rank 0 decides: the path of a checkpoint, or why there is none.
        decision: list[str | None] = [None, None]
        if runner.rank == 0:
            decision = self._decide(runner)
        broadcast_object_list(decision)
        path, failure = decision
        if failure is not None:
            raise RuntimeError(failure)
        runner._load_from = path or start
        runner._resume = path is not None or start is None

    @staticmethod
    def _decide(runner: Runner) -> list[str | None]:
        """Path of the newest whole checkpoint, and a message if all of them are damaged."""
        damaged = []
        for candidate in resume_candidates(Path(runner.work_dir)):
            if is_whole(candidate):
                path: str | None = str(candidate)
                break
            damaged.append(candidate)
        else:
            path = None
        if not damaged:
            return [path, None]
        names = ', '.join(f'"{file}"' for file in damaged)
        goes_on = f'resuming from "{path}"' if path else 'no other one is left'
        runner.logger.log(logging.WARNING, f'checkpoint {names} is missing or cut off; {goes_on}')
        return [path, None if path else f'nothing to resume from: {names} missing or cut off']
