"""Weights of a finished training, as others use them."""

from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from ...project_files import PROJECT_ROOT
from ...whole_files import write_whole
from ..publish import publish


@HOOKS.register_module()
class PublishHook(Hook):
    """At the end of a training, publish its best weights in the work dir.

    The file has the name of the config, ``work_dirs/NAME/NAME.pth``: there the distillation that
    learns from this teacher looks for it. A config that inherits another one has a name and a work
    dir of its own, so that it never touches the weights of the other.

    Args:
        out (str, optional): Another file to write as well, absolute or relative to the project.
            If it is there and is not from this work dir, the training does not start. Defaults to
            None.
        half (bool): See :func:`~mdp_plugin.engine.publish.publish`. Defaults to True.
    """

    priority = 'LOWEST'  # behind the hook that writes the checkpoints

    def __init__(self, out: str | None = None, half: bool = True) -> None:
        self.out = None if out is None else PROJECT_ROOT / Path(out).expanduser()
        self.half = half

    @staticmethod
    def file_of(runner: Runner) -> Path:
        """The file in the work dir."""
        name = Path(runner.cfg.filename).stem if runner.cfg.filename else 'published'
        return Path(runner.work_dir) / f'{name}.pth'

    def before_train(self, runner: Runner) -> None:
        """See that no other weights are overwritten, before the training takes its hours.

        Args:
            runner (Runner): The runner.

        Raises:
            FileExistsError: If ``out`` holds other weights than this work dir has published.
        """
        if self.out is None or not self.out.is_file():
            return
        former = self.file_of(runner)
        if not former.is_file() or former.read_bytes() != self.out.read_bytes():
            raise FileExistsError(
                f'PublishHook would overwrite "{self.out}". Move that file away, or name another '
                f'place: default_hooks.publish.out=FILE, or None for "{former}" alone.'
            )

    @master_only
    def after_train(self, runner: Runner) -> None:
        """Publish the best checkpoint, or the last one if none was selected.

        Args:
            runner (Runner): The runner.
        """
        infos = runner.message_hub.runtime_info
        checkpoint = infos.get('best_ckpt') or infos.get('last_ckpt')
        file = self.file_of(runner)
        if checkpoint is None:
            runner.logger.warning(f'no checkpoint was written, so neither is {file}')
            return
        digest = publish(Path(checkpoint), file, self.half)
        runner.logger.info(f'weights of {checkpoint} -> {file}, SHA-256 {digest}')
        if self.out is not None:
            write_whole(self.out, file.read_bytes())
            runner.logger.info(f'{file} -> {self.out}')
