"""One lesson: which map of the student is compared with which map of the teacher, and how."""

import inspect
from typing import TypeVar

from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor

from .weight_schedule import WeightSchedule

Source = int | str
Found = TypeVar('Found')


def _find(side: str, source: Source, given: dict[Source, Found]) -> Found:
    """What is given for a source, of which negative numbers count from the last stage.

    Args:
        side (str): 'student' or 'teacher', for the error.
        source (int or str): Index of a stage or 'logits'.
        given (dict): By source.

    Returns:
        Found: The entry of the source.

    Raises:
        KeyError: If there is no such stage.
    """
    stages = [key for key in given if key != 'logits']
    key = source
    if isinstance(source, int) and source < 0:  # counted from the deepest
        key = source + len(stages)
    if key not in given:
        raise KeyError(f'the {side} has no stage {source!r}; its stages are {stages}')
    return given[key]


class Distiller(BaseModule):
    """A distillation loss, the two maps it compares and the course of its weight.

    Args:
        loss (dict): Config of the loss; called with the student's and the teacher's map, and with
            the labels, if its ``forward`` takes a ``label``.
        student (int or str): The student's map: index of a stage in what ``extract_feat``
            returns, negative ones from its end, or 'logits'.
        teacher (int or str): The same of the teacher.
        schedule (dict, optional): Arguments of
            :class:`~mdp_plugin.models.distillation.WeightSchedule`. Defaults to None: constant.
        widths (tuple[dict, dict], optional): Channels of the student's and of the teacher's maps
            by their source. A loss that takes ``student_channels`` and ``teacher_channels`` gets
            them from here. Defaults to None: the config of the loss holds what it takes.

    Raises:
        KeyError: If a model has no such stage.
        ValueError: If a source is neither an index nor 'logits', or the config of the loss says
            other channels than the map has.
    """

    def __init__(
        self,
        loss: dict,
        student: Source,
        teacher: Source,
        schedule: dict | None = None,
        widths: tuple[dict[Source, int], dict[Source, int]] | None = None,
    ) -> None:
        super().__init__()
        for source in (student, teacher):
            if source != 'logits' and not isinstance(source, int):
                raise ValueError(f"a map is the index of a stage or 'logits', not {source!r}")
        self.student = student
        self.teacher = teacher
        self.loss = MODELS.build(loss if widths is None else self._with_widths(loss, *widths))
        self._takes_label = 'label' in inspect.signature(self.loss.forward).parameters
        self.schedule = WeightSchedule(**(schedule or {}))

    def _with_widths(
        self, loss: dict, student: dict[Source, int], teacher: dict[Source, int]
    ) -> dict:
        """The config of the loss with the channels that it takes; those it holds are checked."""
        kind = MODELS.get(loss['type'])
        takes = inspect.signature(kind).parameters if kind else ()  # unknown: building says so
        found = dict(
            student_channels=_find('student', self.student, student),
            teacher_channels=_find('teacher', self.teacher, teacher),
        )
        for key, width in found.items():
            if loss.get(key, width) != width:
                raise ValueError(
                    f'{loss["type"]} says {key}={loss[key]}, but that map has {width} channels; '
                    'leave the key out, it is found by itself'
                )
        return {**loss, **{key: width for key, width in found.items() if key in takes}}

    def forward(
        self,
        student: dict[Source, Tensor],
        teacher: dict[Source, Tensor],
        progress: float | None,
        label: Tensor | None = None,
    ) -> Tensor:
        """Compare the two maps.

        Args:
            student (dict): The student's maps by their source, each (N, C, H, W).
            teacher (dict): The teacher's maps.
            progress (float, optional): Share of the training that is done; a constant schedule
                needs none.
            label (Tensor, optional): Label maps (N, 1, H, W), for losses that take them. Defaults
                to None.

        Returns:
            Tensor: Scalar.

        Raises:
            KeyError: If a model has no such stage.
            RuntimeError: If the schedule needs the progress and there is none.
        """
        maps = (
            _find('student', self.student, student),
            _find('teacher', self.teacher, teacher),
        )
        labels = {'label': label} if self._takes_label else {}
        if self.schedule.is_constant:
            return self.loss(*maps, **labels)
        if progress is None:
            raise RuntimeError(
                'a weight schedule needs to know the progress of the training: add '
                "distillation=dict(type='DistillationHook') to default_hooks"
            )
        return self.schedule(progress) * self.loss(*maps, **labels)
