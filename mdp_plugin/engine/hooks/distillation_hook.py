"""What a training with distillation needs from the runner."""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch import nn

#: Entry of a checkpoint that holds the sub-networks between teacher and student.
KEY = 'distillers'
#: Entry with the names of the distillers in use; not each of them has a sub-network.
ACTIVE = 'active_distillers'


@HOOKS.register_module()
class DistillationHook(Hook):
    """Tell the weight schedules the progress, and keep the sub-networks for resuming.

    A checkpoint's ``state_dict`` is the student's alone, loadable by its plain config; the
    weights of the sub-networks stand beside it under ``distillers``. It does nothing for models
    other than ``DistillEncoderDecoder``.
    """

    @staticmethod
    def _student(runner: Runner) -> nn.Module | None:
        """The model, if it is one that learns from a teacher."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        return model if hasattr(model, KEY) else None

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict) -> None:
        """Set the progress of the model.

        Args:
            runner (Runner): The runner.
            batch_idx (int): Not used.
            data_batch (dict): Not used.
        """
        student = self._student(runner)
        if student is not None:
            student.progress = runner.iter / runner.max_iters

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Add the sub-networks to a checkpoint.

        Args:
            runner (Runner): The runner.
            checkpoint (dict): Changed in place.
        """
        student = self._student(runner)
        if student is not None:
            checkpoint[KEY] = student.distillers.state_dict()
            checkpoint[ACTIVE] = list(student.distillers)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Restore the sub-networks when a training is resumed.

        Args:
            runner (Runner): The runner.
            checkpoint (dict): What was loaded.

        Raises:
            KeyError: If the checkpoint to resume from comes from a training without this hook.
            ValueError: If it comes from a training by other distillers.
        """
        student = self._student(runner)
        if student is None or not runner._resume:
            return
        if KEY not in checkpoint:
            raise KeyError(
                f'the checkpoint to resume from has no "{KEY}": it was not written by a training '
                'with DistillationHook. To start from its weights, use load_from instead.'
            )
        state, names = checkpoint[KEY], sorted(student.distillers)
        before = sorted(checkpoint.get(ACTIVE, names))
        if before != names:
            raise ValueError(
                f'the training to resume learns by {before}, and this run by {names}. Set '
                f'model.active="[{",".join(before)}]" as it was, or start another training from '
                'its weights, with load_from and another work dir.'
            )
        try:
            student.distillers.load_state_dict(state)
        except RuntimeError as error:
            raise ValueError(
                'the training to resume has other sub-networks between teacher and student than '
                f'this run: teacher, student and distillers have to stay as they were. {error}'
            ) from error
