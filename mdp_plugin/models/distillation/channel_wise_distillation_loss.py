"""Channel-wise distillation: each channel looks where the teacher's channel looks."""

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from .feature_adapter import FeatureAdapter


def channel_wise_distillation_loss(
    student: Tensor, teacher: Tensor, temperature: float = 4.0
) -> Tensor:
    r"""Divergence of the channels' distributions over the positions.

    .. math::
        L = \frac{T^2}{N C} \sum_{n, c} \mathrm{KL}\big(\mathrm{softmax}(F^t_{nc} / T) \,\|\,
        \mathrm{softmax}(F^s_{nc} / T)\big)

    Zero for equal maps. Source: Shu et al., `Channel-wise knowledge distillation for dense
    prediction`, ICCV 2021, equations (5) and (6).

    Args:
        student (Tensor): (N, C, H, W).
        teacher (Tensor): The same shape.
        temperature (float): T. Defaults to 4.0.

    Returns:
        Tensor: Scalar.
    """
    logs = [torch.log_softmax(f.float().flatten(2) / temperature, 2) for f in (student, teacher)]
    divergence = F.kl_div(*logs, log_target=True, reduction='sum')
    return temperature**2 * divergence / (student.size(0) * student.size(1))


@MODELS.register_module()
class ChannelWiseDistillationLoss(BaseModule):
    """Module of :func:`channel_wise_distillation_loss`, with an adapter for the widths.

    Args:
        student_channels (int): Channels of the student's map.
        teacher_channels (int): Channels of the teacher's map.
        temperature (float): Temperature. Defaults to 4.0.
        loss_weight (float): Weight of the loss. Defaults to 1.0.
    """

    def __init__(
        self,
        student_channels: int,
        teacher_channels: int,
        temperature: float = 4.0,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.adapter = FeatureAdapter(student_channels, teacher_channels)
        self.temperature = temperature
        self.loss_weight = loss_weight

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Compare feature maps.

        Args:
            student (Tensor): (N, student_channels, H, W).
            teacher (Tensor): (N, teacher_channels, H', W').

        Returns:
            Tensor: Scalar.
        """
        student = self.adapter(student, teacher.shape[2:])
        loss = channel_wise_distillation_loss(student, teacher, self.temperature)
        return self.loss_weight * loss
