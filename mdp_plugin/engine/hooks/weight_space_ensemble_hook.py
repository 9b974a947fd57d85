"""Average the weights of a training that goes on from others with those it started from."""

import torch
from mmengine.hooks import EMAHook
from mmengine.runner import CheckpointLoader, Runner
from mmseg.registry import HOOKS
from torch import Tensor

from ...project_files import find_project_file

#: Key of a checkpoint for the moving average that resuming goes on with.
UNMIXED = 'unmixed_state_dict'


@HOOKS.register_module()
class WeightSpaceEnsembleHook(EMAHook):
    r"""The host's moving average, mixed with the weights that the training started from.

    Validated and saved as ``state_dict`` is

    .. math::
        \theta = (1 - s)\,\theta_\mathrm{EMA} + s\,\theta_\mathrm{start}

    while the training itself does not notice. Two trainings of which one goes on from the other
    lie in one basin of the loss, so that the mean of their weights is a network, often a better
    one than either, for the price of one.

    Source: Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022 (WiSE-FT,
    section 3).

    Args:
        start (str): Checkpoint that the training starts from, as in ``load_from``; absolute or
            relative to the working directory or the project. Its ``state_dict`` has the keys and
            shapes of the model.
        share (float): :math:`s` above, between 0 (the moving average alone) and 1. Defaults
            to 0.5.
        **kwargs: Of the host's ``EMAHook``.

    Raises:
        ValueError: If ``share`` is not between 0 and 1.
    """

    def __init__(self, start: str, share: float = 0.5, **kwargs: object) -> None:
        super().__init__(**kwargs)
        if not 0 <= share <= 1:
            raise ValueError(f'WeightSpaceEnsembleHook: share must be in [0, 1], got {share}')
        self.start = start
        self.share = share
        self.in_training = False

    def before_train(self, runner: Runner) -> None:
        """Read the weights of the start, also where the training is resumed.

        Args:
            runner (Runner): The runner.

        Raises:
            FileNotFoundError: If there is no checkpoint ``start``.
            ValueError: If its weights are not those of the runner's model.
        """
        super().before_train(runner)
        path = find_project_file(self.start, 'checkpoint "start" of WeightSpaceEnsembleHook')
        checkpoint = CheckpointLoader.load_checkpoint(str(path), map_location='cpu')
        self.start_weights = checkpoint.get('state_dict', checkpoint)
        shapes = {key: value.shape for key, value in self.src_model.state_dict().items()}
        found = {key: value.shape for key, value in self.start_weights.items()}
        differing = sorted(k for k in shapes | found if shapes.get(k) != found.get(k))
        if differing:
            raise ValueError(
                f'{path}: not weights of this model, so they cannot be averaged with its '
                f'own; missing, unknown or of another shape: {", ".join(differing[:5])}'
                f'{" ..." if len(differing) > 5 else ""}. Set "start" to what load_from names.'
            )
        self.in_training = True

    def after_train(self, runner: Runner) -> None:
        """A test that follows in the same process loads weights that are mixed already."""
        super().after_train(runner)
        self.in_training = False

    def before_val_epoch(self, runner: Runner) -> None:
        """Validate the mixed weights."""
        super().before_val_epoch(runner)
        if self.in_training:
            weights = self.src_model.state_dict()
            self.unmixed = {key: value.clone() for key, value in weights.items()}
            self.src_model.load_state_dict(self.mix(weights))

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Go on with the training's own weights."""
        if self.in_training:
            self.src_model.load_state_dict(self.unmixed)
        super().after_val_epoch(runner, metrics)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Save the mixed weights as those of the model, and the average to resume from."""
        super().before_save_checkpoint(runner, checkpoint)
        if self.in_training:
            checkpoint[UNMIXED] = checkpoint['state_dict']
            checkpoint['state_dict'] = self.mix(checkpoint['state_dict'])

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Resume with the average as it was before it was mixed."""
        if runner._resume and UNMIXED in checkpoint:
            checkpoint['state_dict'] = checkpoint.pop(UNMIXED)
        super().after_load_checkpoint(runner, checkpoint)

    def mix(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """Mix weights with those of the start; counters such as those of the norms stay.

        Args:
            weights (dict[str, Tensor]): State of the model, which is left as it is.

        Returns:
            dict[str, Tensor]: A new state, on the devices of ``weights``.
        """
        return {
            key: torch.lerp(value, self.start_weights[key].to(value), self.share)
            if value.is_floating_point()
            else value
            for key, value in weights.items()
        }
