"""Bring a student's feature map to the shape of the teacher's."""

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F


class FeatureAdapter(BaseModule):
    """A pointwise convolution to the teacher's width and a resize to its size.

    Nothing is learned where the widths agree. Only the student's side has parameters: with a
    learned projection of the teacher, both could agree on a constant.

    Args:
        student_channels (int): Channels of the student's map.
        teacher_channels (int): Channels of the teacher's map.
    """

    def __init__(self, student_channels: int, teacher_channels: int) -> None:
        super().__init__(dict(type='Kaiming', layer='Conv2d'))
        self.project = (
            nn.Identity()
            if student_channels == teacher_channels
            else nn.Conv2d(student_channels, teacher_channels, 1)
        )

    def forward(self, student: Tensor, size: tuple[int, int]) -> Tensor:
        """Adapt a map.

        Args:
            student (Tensor): (N, student_channels, H, W).
            size (tuple[int, int]): Height and width of the teacher's map.

        Returns:
            Tensor: (N, teacher_channels, *size).
        """
        # From fine to coarse by the mean of the covered area: bilinear samples skip small targets.
        if student.size(2) > size[0] or student.size(3) > size[1]:
            student = F.adaptive_avg_pool2d(student, size)
        student = self.project(student)
        if tuple(student.shape[2:]) != tuple(size):
            student = F.interpolate(student, size, mode='bilinear')
        return student
