"""Resume from the newest checkpoint of the work dir that is whole."""

from pathlib import Path

from mmengine.dist import broadcast_object_list
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from ..checkpoint_files import (
    WorkDirError,
    is_whole,
    named_as_last,
    read_checkpoint,
    resume_candidates,
)


@HOOKS.register_module()
class ResumeFallbackHook(Hook):
    """Choose what ``--resume`` continues from, whatever a crash left behind.

    The host resumes from the checkpoint that was saved last and fails if that file is cut off,
    for example because the process was killed or the disk was full. With ``max_keep_ckpts`` of
    two or more there is an older one, and this hook selects it with a warning. It fails as well
    if its own note of the last checkpoint is empty, and starts from the beginning if the note is
    missing; here the newest whole checkpoint counts.

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
            WorkDirError: If a training left something here, but nothing that is whole.
        """
        if not runner._resume:
            return
        start = runner._load_from
        if start is not None and 'optimizer' in read_checkpoint(start):
            return
        # What rank 0 decides: the path of a checkpoint, or why there is none.
        decision: list[str | None] = [None, None]
        if runner.rank == 0:
            decision = self._decide(runner)
        broadcast_object_list(decision)
        path, failure = decision
        if failure is not None:
            raise WorkDirError(failure)
        runner._load_from = path or start
        runner._resume = path is not None

    @staticmethod
    def _decide(runner: Runner) -> list[str | None]:
        """Path of the newest whole checkpoint, and a message if there ought to be one."""
        work_dir = folder = Path(runner.work_dir)
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook) and hook.out_dir not in (None, runner.work_dir):
                folder = Path(hook.out_dir) / work_dir.name
        candidates = resume_candidates(work_dir, folder)
        if not candidates:
            bests = sorted(folder.glob('best_*.pth'))
            if bests:
                return [
                    None,
                    f'nothing to resume from: "{folder}" holds "{bests[0].name}", but no epoch of '
                    'a training. Name another folder with --work-dir, or move that file away.',
                ]
            runner.logger.warning(f'no checkpoint in "{folder}": training starts from its start')
            return [None, None]
        damaged = []
        for candidate in candidates:
            if is_whole(candidate):
                break
            damaged.append(candidate)
        names = ', '.join(f'"{file}"' for file in damaged)
        if len(damaged) == len(candidates):
            return [
                None,
                f'nothing to resume from: {names} missing or cut off. Train without --resume to '
                'begin anew.',
            ]
        if damaged:
            runner.logger.warning(
                f'checkpoint {names} is missing or cut off; resuming from "{candidate}"'
            )
        elif named_as_last(work_dir, folder) is None:
            runner.logger.warning(
                f'"{work_dir / "last_checkpoint"}" is missing or cut off; resuming from the '
                f'newest whole checkpoint, "{candidate}"'
            )
        return [str(candidate), None]
