"""One lesson: which map of the student is compared with which map of the teacher, and how."""

from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor

from .weight_schedule import WeightSchedule

Source = int | str


class Distiller(BaseModule):
    """A distillation loss, the two maps it compares and the course of its weight.

    Args:
        loss (dict): Config of the loss; called with the student's and the teacher's map.
        student (int or str): The student's map: index of a stage in what ``extract_feat``
            returns, negative ones from its end, or 'logits'.
        teacher (int or str): The same of the teacher.
        schedule (dict, optional): Arguments of
            :class:`~mdp_plugin.models.distillation.WeightSchedule`. Defaults to None: constant.

    Raises:
        ValueError: If a source is neither an index nor 'logits'.
    """

    def __init__(
        self, loss: dict, student: Source, teacher: Source, schedule: dict | None = None
    ) -> None:
        super().__init__()
        for source in (student, teacher):
            if source != 'logits' and not isinstance(source, int):
                raise ValueError(f"a map is the index of a stage or 'logits', not {source!r}")
        self.loss = MODELS.build(loss)
        self.student = student
        self.teacher = teacher
        self.schedule = WeightSchedule(**(schedule or {}))

    def forward(
        self,
        student: dict[Source, Tensor],
        teacher: dict[Source, Tensor],
        progress: float | None,
    ) -> Tensor:
        """Compare the two maps.

        Args:
            student (dict): The student's maps by their source, each (N, C, H, W).
            teacher (dict): The teacher's maps.
            progress (float, optional): Share of the training that is done; a constant schedule
                needs none.

        Returns:
            Tensor: Scalar.

        Raises:
            KeyError: If a model has no such stage.
            RuntimeError: If the schedule needs the progress and there is none.
        """
        maps = []
        for name, source, given in (
            ('student', self.student, student),
            ('teacher', self.teacher, teacher),
        ):
            stages = [key for key in given if key != 'logits']
            from_end = isinstance(source, int) and source < 0
            key = source + len(stages) if from_end else source
            if key not in given:
                raise KeyError(f'the {name} has no stage {source!r}; its stages are {stages}')
            maps.append(given[key])
        if not self.schedule.is_constant and progress is None:
            raise RuntimeError(
                'a weight schedule needs to know the progress of the training: add '
                "distillation=dict(type='DistillationHook') to default_hooks"
            )
        factor = 1.0 if self.schedule.is_constant else self.schedule(progress)
        return factor * self.loss(maps[0], maps[1])
