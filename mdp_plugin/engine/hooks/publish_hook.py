"""Weights of a finished training, where other configs look for them."""

from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from ...project_files import PROJECT_ROOT
from ..publish import publish


@HOOKS.register_module()
class PublishHook(Hook):
    """At the end of a training, put the best weights where other configs look for them.

    It is how a teacher's weights come to the distillation that needs them. A file that is there
    already is kept beside it, as ``NAME.previous.pth``.

    Args:
        out (str): File to write, absolute or relative to the project.
        half (bool): See :func:`~mdp_plugin.engine.publish.publish`. Defaults to True.
    """

    priority = 'LOWEST'  # behind the hook that writes the checkpoints

    def __init__(self, out: str, half: bool = True) -> None:
        self.out = PROJECT_ROOT / out
        self.half = half

    @master_only
    def after_train(self, runner: Runner) -> None:
        """Publish the best checkpoint, or the last one if none was selected.

        Args:
            runner (Runner): The runner.
        """
        infos = runner.message_hub.runtime_info
        checkpoint = infos.get('best_ckpt') or infos.get('last_ckpt')
        if checkpoint is None:
            runner.logger.warning(f'no checkpoint was written, so neither is {self.out}')
            return
        if self.out.is_file():
            self.out.replace(self.out.with_suffix(f'.previous{self.out.suffix}'))
        digest = publish(Path(checkpoint), self.out, self.half)
        runner.logger.info(f'weights of {checkpoint} -> {self.out}, SHA-256 {digest}')
