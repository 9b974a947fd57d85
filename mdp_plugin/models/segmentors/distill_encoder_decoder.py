"""A segmentor that learns from a teacher and is the plain segmentor for everything else."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.model import ModuleDict
from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from mmseg.utils import SampleList, add_prefix
from torch import Tensor, nn

from ..distillation import Distiller, FrozenTeacher, target_log_odds

#: Start of the sub-networks' keys, in a state dict of this module.
_MARK = 'distillers.'


@contextmanager
def _recorded_logits(heads: nn.Module) -> Iterator[list[Any]]:
    """Collect the logits for which decode heads compute their losses, the main ones of each head.

    The host's heads compute logits and losses in one call; running the head a second time for its
    logits would cost time and, with dropout, give others.

    Args:
        heads (nn.Module): A decode head of the host, or the list of a cascade.

    Yields:
        list: Filled while the heads' ``loss`` runs, in the order of the heads.
    """
    watched = list(heads) if isinstance(heads, nn.ModuleList) else [heads]
    logits: list[Any] = []

    def watch(head: nn.Module) -> None:
        original = head.loss_by_feat
        seen = False

        def loss_by_feat(seg_logits: Any, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
            nonlocal seen
            if not seen:  # those of deep supervision follow the main ones
                logits.append(seg_logits)
            seen = True
            return original(seg_logits, *args, **kwargs)

        head.loss_by_feat = loss_by_feat

    for head in watched:
        watch(head)
    try:
        yield logits
    finally:
        for head in watched:
            del head.loss_by_feat


def _map_of(logits: list[Any]) -> Tensor:
    """The last map of logits, the finest of a cascade; a head for points has none."""
    maps = [found for found in logits if isinstance(found, Tensor) and found.dim() == 4]
    if not maps:
        raise ValueError(
            "the student's decode head computes its losses from no single map of logits, so that "
            "nothing can be compared with 'logits'; let the distillers compare stages instead"
        )
    return maps[-1]


def _channels(maps: Iterable[Any]) -> dict[int | str, int]:
    """Channels of the stages that are maps, by their index; 'logits' are log-odds of a target."""
    widths: dict[int | str, int] = {'logits': 1}
    widths.update(
        (i, found.size(1))
        for i, found in enumerate(maps)
        if isinstance(found, Tensor) and found.dim() == 4
    )
    return widths


def _expect_no_distillers(module: nn.Module, incompatible: Any) -> None:
    """A checkpoint of the student is complete without the sub-networks."""
    missing = incompatible.missing_keys
    missing[:] = [key for key in missing if _MARK not in key]


@MODELS.register_module()
class DistillEncoderDecoder(EncoderDecoder):
    r"""The student, which hears a frozen teacher while it trains.

    .. math::
        L = L_\mathrm{student} + \sum_k \lambda_k(p)\, L_k(F^s_k, F^t_k)

    with a loss, a weight schedule and a pair of maps for each distiller k. Inference, export and
    checkpoints are those of ``EncoderDecoder`` with the same backbone and head: the teacher is
    no part of the module tree, and the sub-networks between both are left out of ``state_dict``.
    (``DistillationHook`` keeps them beside it, for resuming.)

    Args:
        teacher (dict): Config of the teacher, a
            :class:`~mdp_plugin.models.distillation.FrozenTeacher`.
        distillers (dict[str, dict]): Arguments of a
            :class:`~mdp_plugin.models.distillation.Distiller` by its name; the loss is logged as
            ``distill.loss_{name}``. Channels need not be said: both networks are asked for them.
        active (Sequence[str], optional): Names of the distillers in use; with none of them the
            student trains alone. Defaults to None: all.
        **kwargs: Passed on to :class:`mmseg.models.segmentors.EncoderDecoder`.

    Attributes:
        progress (float, optional): Share of the training that is done; ``DistillationHook`` sets
            it before each step.

    Raises:
        FileNotFoundError: If the teacher's config or weights are missing; says how to get them.
        KeyError: If a distiller names a stage that a network has not.
        ValueError: If the weights do not fit, ``active`` names an unknown distiller, or a
            distiller says other channels than its maps have.
    """

    def __init__(
        self,
        teacher: dict,
        distillers: dict[str, dict],
        active: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        names = list(distillers) if active is None else list(active)
        unknown = sorted(set(names) - set(distillers))
        if unknown:
            raise ValueError(f'unknown distillers {unknown}; there are {sorted(distillers)}')
        # Inside a tuple it is hidden from the module tree, and so from optimizers, from
        # checkpoints and from train().
        seen = dict(student_preprocessor=self.data_preprocessor)
        self._hidden: tuple[FrozenTeacher, ...]
        self._hidden = (MODELS.build(teacher, default_args=seen),) if names else ()
        widths = self._probe_widths() if names else None
        self.distillers = ModuleDict()
        for name in names:
            try:
                self.distillers[name] = Distiller(**distillers[name], widths=widths)
            except (KeyError, ValueError) as error:
                raise type(error)(f'model.distillers.{name}: {error.args[0]}') from error
        self.progress: float | None = None
        self.register_load_state_dict_post_hook(_expect_no_distillers)

    @property
    def teacher(self) -> FrozenTeacher | None:
        """The teacher, or None if no distiller is active."""
        return self._hidden[0] if self._hidden else None

    @torch.no_grad()
    def _probe_widths(self) -> tuple[dict[int | str, int], dict[int | str, int]]:
        """Ask both networks for the channels of their maps, with one empty image.

        Returns:
            tuple[dict, dict]: Channels by the index of the stage and of 'logits', of the student
            and of the teacher.
        """
        seen = self.data_preprocessor
        if getattr(seen, '_enable_normalize', False):
            channels = len(seen.mean)
        else:  # those of the stem
            stems = (m.in_channels for m in self.backbone.modules() if isinstance(m, nn.Conv2d))
            channels = next(stems, 3)
        # Images of a training come at this size; where none is set, at one that halves often.
        size = getattr(seen, 'size', None) or (64, 64)
        image = next(self.parameters()).new_zeros(1, channels, *size)
        modes = {module: module.training for module in self.modules()}
        self.eval()  # no statistics of norms change, nothing random is drawn
        widths = _channels(self.extract_feat(image))
        for module, training in modes.items():
            module.training = training
        # Not as in training, where it may compute in a type that this device does not know.
        return widths, _channels(self._hidden[0].probe(image))

    def _apply(self, fn: Callable[[Tensor], Tensor], *args: Any, **kwargs: Any) -> nn.Module:
        """Take the teacher along to another device or precision."""
        if self.teacher is not None:
            self.teacher._apply(fn)
        return super()._apply(fn, *args, **kwargs)

    def state_dict(self, *args: Any, prefix: str = '', **kwargs: Any) -> dict[str, Tensor]:
        """Weights and buffers of the student alone, under the keys of the plain segmentor.

        Args:
            *args: As of :class:`torch.nn.Module`.
            prefix (str): Put before each key. Defaults to ''.
            **kwargs: As of :class:`torch.nn.Module`.

        Returns:
            dict[str, Tensor]: Without the sub-networks.
        """
        state = super().state_dict(*args, prefix=prefix, **kwargs)
        for key in [key for key in state if key.startswith(prefix + _MARK)]:
            del state[key]
        return state

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict[str, Tensor]:
        """Compute the student's own losses and those of the comparison with the teacher.

        Args:
            inputs (Tensor): (N, C, H, W), preprocessed.
            data_samples (list[SegDataSample]): N samples with ``gt_sem_seg`` (1, H, W).

        Returns:
            dict[str, Tensor]: The losses of ``EncoderDecoder`` and ``distill.loss_{name}``.
        """
        if self.teacher is None:
            return super().loss(inputs, data_samples)
        feats = self.extract_feat(inputs)
        with _recorded_logits(self.decode_head) as logits:
            losses = self._decode_head_forward_train(feats, data_samples)
        if self.with_auxiliary_head:
            losses.update(self._auxiliary_head_forward_train(feats, data_samples))
        student: dict[int | str, Tensor] = dict(enumerate(feats))
        if any(d.student == 'logits' for d in self.distillers.values()):
            student['logits'] = target_log_odds(_map_of(logits))
        with_logits = any(d.teacher == 'logits' for d in self.distillers.values())
        teacher = self.teacher(inputs, with_logits, data_samples)
        label = torch.stack([sample.gt_sem_seg.data for sample in data_samples])
        lessons = {
            f'loss_{name}': distiller(student, teacher, self.progress, label)
            for name, distiller in self.distillers.items()
        }
        losses.update(add_prefix(lessons, 'distill'))
        return losses
