"""Checkpoints and their records, right after any interruption."""

import re
import uuid
from pathlib import Path
from typing import Any

from mmengine.dist import broadcast_object_list
from mmengine.hooks import CheckpointHook
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from mmseg.registry import HOOKS

from ...whole_files import PART
from ..checkpoint_files import NUMBERED, is_whole, read_checkpoint

#: Entry of the host's records that tells the best files of this training from another one's.
TRAINING = 'training_id'


@HOOKS.register_module()
class WholeCheckpointHook(CheckpointHook):
    """The host's hook, made safe against being killed at any moment.

    The host writes checkpoints in place, saves an epoch before it validates it, and deletes the
    best file before it writes its successor. A training that is killed in between leaves files
    that are cut off, records that name files which are gone, two or three best files, and epochs
    that are never validated. Here files appear whole, the former best file goes last, and
    resuming sets right what is left:

    - the best score and file are those of the best file of this training that is whole; its other
      ones go, as do damaged and unfinished files;
    - an epoch that was due for validation, and whose records do not show it, is validated.

    Args:
        **kwargs: Those of :class:`mmengine.hooks.CheckpointHook`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Another place than a local folder has its own way of writing.
        others = kwargs.get('backend_args') or kwargs.get('file_client_args')
        self.is_local = not others and '://' not in str(kwargs.get('out_dir'))
        if self.is_local:
            self.backend_args = dict(backend='WholeFileBackend')

    def before_train(self, runner: Runner) -> None:
        """Set right what an interrupted training left behind.

        Args:
            runner (Runner): The runner.
        """
        super().before_train(runner)
        infos = runner.message_hub.runtime_info
        if runner._resume:
            self.last_ckpt = runner._load_from
            step, due = self._progress(runner)
            own = self.filename_tmpl.format(step)
            recorded = {Path(path).name for path in self._best_files().values() if path}
            if self.is_local and self.save_best:
                self._reconcile(runner, own)
            kept = {Path(path).name for path in self._best_files().values() if path}
            # A best file of this epoch in its own records shows that it was validated.
            validated = any(name.endswith(f'_{own}') for name in recorded & kept)
            if due and not validated:
                runner.logger.info(f'{own} was saved, but nothing shows its validation: it follows')
                runner.val_loop.run()
        if TRAINING not in infos:
            runner.message_hub.update_info(TRAINING, uuid.uuid4().hex)

    def _save_best_checkpoint(self, runner: Runner, metrics: dict[str, float]) -> None:
        """Let the host write the new best file, and only then delete the former one."""
        if not self.save_best:
            return
        former = self._best_files()
        self._set_best_files(dict.fromkeys(former))
        super()._save_best_checkpoint(runner, metrics)
        current = self._best_files()
        self._set_best_files({key: current.get(key) or path for key, path in former.items()})
        for key, path in former.items():
            if path and current.get(key) not in (None, path) and runner.rank == 0:
                self.file_backend.remove(path)

    def _best_files(self) -> dict[str, str | None]:
        """Path of the best file by the entry of the records that names it."""
        if not self.save_best:
            return {}
        if len(self.key_indicators) == 1:
            return {'best_ckpt': self.best_ckpt_path}
        return {
            f'best_ckpt_{key}': self.best_ckpt_path_dict.get(key) for key in self.key_indicators
        }

    def _set_best_files(self, files: dict[str, str | None]) -> None:
        """The reverse of :meth:`_best_files`."""
        if len(self.key_indicators) == 1:
            self.best_ckpt_path = files['best_ckpt']
        else:
            self.best_ckpt_path_dict = {
                key: files[f'best_ckpt_{key}'] for key in self.key_indicators
            }

    @staticmethod
    def _progress(runner: Runner) -> tuple[int, bool]:
        """Epochs (or iterations) that are done, and whether a validation belongs behind them."""
        loop = runner.train_loop
        if isinstance(loop, EpochBasedTrainLoop):
            step, last = loop.epoch, loop.max_epochs
        elif isinstance(loop, IterBasedTrainLoop):
            step, last = loop.iter, loop.max_iters
        else:
            return runner.epoch, False
        loop._decide_current_val_interval()
        due = step >= loop.val_begin and (step % loop.val_interval == 0 or step == last)
        return step, due and step > 0 and runner.val_loop is not None

    def _reconcile(self, runner: Runner, own: str) -> None:
        """Make the records agree with the files, and remove what belongs to neither.

        Args:
            runner (Runner): The runner.
            own (str): Name of the checkpoint that the training goes on from.
        """
        files = self._best_files()
        bests: list[dict[str, tuple[str, float] | None]] = [{}]
        if runner.rank == 0:
            self._remove_damaged(runner)
            bests = [{entry: self._choose_best(runner, entry, own) for entry in files}]
        broadcast_object_list(bests)
        infos = runner.message_hub.runtime_info
        for entry, best in bests[0].items():
            path, score = best or (None, None)
            recorded = files[entry]
            if recorded and Path(recorded).name != Path(path or '').name:
                runner.logger.warning(
                    f'the records name "{recorded}" as the best checkpoint; the best that is whole '
                    f'here is {f"{path}" if path else "none, so that it is chosen anew"}'
                )
            files[entry] = path
            for name, value in ((entry, path), (entry.replace('ckpt', 'score', 1), score)):
                infos.pop(name, None)
                if value is not None:
                    runner.message_hub.update_info(name, value)
        self._set_best_files(files)

    def _remove_damaged(self, runner: Runner) -> None:
        """Remove checkpoints that are cut off or were being written."""
        for path in Path(self.out_dir).glob(f'.*.pth{PART}'):
            path.unlink()
        for path in Path(self.out_dir).glob('*.pth'):
            ours = NUMBERED.match(path.name) or path.name.startswith('best_')
            if ours and path.is_file() and not is_whole(path):
                runner.logger.warning(f'removed "{path}", which is cut off or damaged')
                path.unlink()

    def _choose_best(self, runner: Runner, entry: str, own: str) -> tuple[str, float] | None:
        """Find the best file of this training that is whole, and remove its other ones.

        A file of the epoch that training goes on from counts only if the records name it:
        otherwise that epoch is validated once more and written anew.

        Returns:
            tuple[str, float] | None: Path and score; None without such a file.
        """
        infos, folder = runner.message_hub.runtime_info, Path(self.out_dir)
        score = entry.replace('ckpt', 'score', 1)
        scores: dict[Path, float] = {}
        if infos.get(entry):
            path = folder / Path(infos[entry]).name  # the folder may have been moved
            if is_whole(path):
                scores[path] = infos[score]
        key = entry.removeprefix('best_ckpt_') if entry != 'best_ckpt' else self.key_indicators[0]
        name = re.compile(rf'best_{re.escape(key.replace("/", "_"))}_(?:epoch|iter)_\d+\.pth')
        others = []
        for path in folder.glob('best_*.pth'):
            if path not in scores and name.fullmatch(path.name) and path.is_file():
                saved = read_checkpoint(path).get('message_hub', {}).get('runtime_info', {})
                if saved.get(TRAINING, self) == infos.get(TRAINING):
                    others.append(path)
                    if not path.name.endswith(f'_{own}'):
                        scores[path] = saved[score]
        best = None
        for path, value in scores.items():
            if best is None or self.is_better_than[key](value, scores[best]):
                best = path
        for path in {*others, *scores} - {best}:
            runner.logger.info(f'removed "{path}", which is no longer the best of this training')
            path.unlink()
        return (
            None
            if best is None
            else (self.file_backend.join_path(self.out_dir, best.name), scores[best])
        )
