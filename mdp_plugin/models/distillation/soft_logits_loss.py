"""Soft targets: the student predicts the teacher's probabilities."""

from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F


def soft_logits_loss(student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
    r"""Mean Kullback-Leibler divergence of the pixels' two-class distributions.

    .. math::
        L = T^2 \frac{1}{M} \sum_i \mathrm{KL}\big(\mathrm{B}(\sigma(z^t_i / T)) \,\|\,
        \mathrm{B}(\sigma(z^s_i / T))\big)

    with B the Bernoulli distribution, z the logits and M their number. Zero for equal logits.
    Source: Hinton, Vinyals, Dean, `Distilling the knowledge in a neural network`, 2015.

    Args:
        student (Tensor): Logits (N, 1, H, W).
        teacher (Tensor): Logits of the same shape.
        temperature (float): T. Defaults to 1.0.

    Returns:
        Tensor: Scalar.
    """
    student, teacher = student.float() / temperature, teacher.float() / temperature
    target = teacher.sigmoid()
    cross = F.binary_cross_entropy_with_logits(student, target)
    entropy = F.binary_cross_entropy_with_logits(teacher, target)
    return temperature**2 * (cross - entropy)


@MODELS.register_module()
class SoftLogitsLoss(nn.Module):
    """Module of :func:`soft_logits_loss` for one output channel.

    Args:
        temperature (float): Temperature. Defaults to 1.0.
        loss_weight (float): Weight of the loss. Defaults to 1.0.
    """

    def __init__(self, temperature: float = 1.0, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.temperature = temperature
        self.loss_weight = loss_weight

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Compare logits; the teacher's are resized to the student's.

        Args:
            student (Tensor): Logits (N, 1, H, W).
            teacher (Tensor): Logits (N, 1, H', W').

        Returns:
            Tensor: Scalar.
        """
        if teacher.shape[2:] != student.shape[2:]:
            teacher = F.interpolate(teacher, student.shape[2:], mode='bilinear')
        return self.loss_weight * soft_logits_loss(student, teacher, self.temperature)
