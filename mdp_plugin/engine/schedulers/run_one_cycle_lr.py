"""One cycle of the learning rate, as long as the run and as high as the optimizer says."""

from typing import Any

from mmengine.optim import BaseOptimWrapper, OneCycleLR
from mmseg.registry import PARAM_SCHEDULERS
from torch.optim import Optimizer

#: The host's value for a schedule without an end.
_ENDLESS = int(1e9)
#: What is wrong where an epoch has no step.
NO_BATCH = (
    'the training split has fewer images than a batch: lower train_dataloader.batch_size, or set '
    'train_dataloader.drop_last=False'
)


@PARAM_SCHEDULERS.register_module()
class RunOneCycleLR(OneCycleLR):
    """The host's ``OneCycleLR`` that takes its length from the run and its peak from the optimizer.

    With the host's own, a config says both twice, and one that says them once trains wrongly:
    ``optim_wrapper.optimizer.lr`` and ``auto_scale_lr`` do nothing, and with another
    ``train_cfg.max_epochs`` the rate stops high or the training ends early. Here each parameter
    group rises to the rate that the optimizer was built with, scaled by ``auto_scale_lr`` if that
    is on, and falls until the run ends. (The host tells the end of the run to each schedule that
    does not say its own.)

    Args:
        optimizer (Optimizer or BaseOptimWrapper): The optimizer.
        end (int): Step after the last one; the host gives it. Defaults to one without end.
        **kwargs: Of the host's ``OneCycleLR``, but for ``eta_max`` and ``total_steps``.

    Raises:
        ValueError: If there is no end, or when a training is resumed with another length or
            another rate.
    """

    def __init__(
        self, optimizer: Optimizer | BaseOptimWrapper, end: int = _ENDLESS, **kwargs: Any
    ) -> None:
        if end == _ENDLESS:
            raise ValueError('RunOneCycleLR needs the end of the run, or `end` in its config')
        for key, place in (
            ('total_steps', 'train_cfg.max_epochs'),
            ('eta_max', 'optim_wrapper.optimizer.lr'),
        ):
            if kwargs.pop(key, None) is not None:
                raise ValueError(
                    f'param_scheduler.{key} is that of the run: leave it out and set {place}'
                )
        peaks = [group['lr'] for group in optimizer.param_groups]
        super().__init__(optimizer, eta_max=peaks, end=end, **kwargs)

    @classmethod
    def build_iter_from_epoch(
        cls, *args: Any, epoch_length: int | None = None, **kwargs: Any
    ) -> 'RunOneCycleLR':
        """Build the schedule in iterations, see the host's class.

        Raises:
            ValueError: If an epoch has no iteration.
        """
        if epoch_length == 0:
            raise ValueError(NO_BATCH)
        return super().build_iter_from_epoch(*args, epoch_length=epoch_length, **kwargs)

    def load_state_dict(self, state_dict: dict) -> None:
        """Go on with a training that was planned alike.

        Args:
            state_dict (dict): State of the schedule in a checkpoint.

        Raises:
            ValueError: If it was planned for another length or peak.
        """
        planned, asked = state_dict['total_steps'], self.total_steps
        if planned != asked:
            unit = 'epochs' if self.by_epoch else 'iterations'
            raise ValueError(
                f'the training to resume was planned for {planned} {unit}, and this run has '
                f'{asked}: the learning rate would end too early or too high. Resume it with '
                'train_cfg.max_epochs, batch size and images as they were; to train on, start '
                'another training from its weights, with load_from and another work dir.'
            )
        peaks = state_dict['eta_max']
        before = list(peaks) if isinstance(peaks, list | tuple) else [peaks] * len(self.eta_max)
        if before != list(self.eta_max):
            raise ValueError(
                f'the training to resume has the learning rate {before[0]:g}, and this run asks '
                f'for {self.eta_max[0]:g}. Resume it with the rate as it was, or start another '
                'training from its weights, with load_from and another work dir.'
            )
        super().load_state_dict(state_dict)
