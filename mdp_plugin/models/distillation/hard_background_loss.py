"""Hard background: what the student takes for a target and the teacher does not."""

from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F


def hard_background_loss(student: Tensor, teacher: Tensor) -> Tensor:
    r"""Cross entropy towards background, by how sure both are of the opposite.

    .. math::
        L = -\frac{\sum_i w_i \log(1 - p^s_i)}{\sum_i w_i}, \qquad w_i = (1 - p^t_i)\, p^s_i

    where :math:`p^t_i < 1/2`; the weights have no gradient. It needs no labels. The weights are
    this project's; a pixel counts by the student's error as in the focal loss (Lin et al., ICCV
    2017).

    Args:
        student (Tensor): Logits (N, 1, H, W).
        teacher (Tensor): Logits of the same shape.

    Returns:
        Tensor: Scalar.
    """
    student, teacher = student.float(), teacher.float()
    weight = ((-teacher).sigmoid() * student.sigmoid() * (teacher < 0)).detach()
    return (weight * F.softplus(student)).sum() / weight.sum().clamp(min=1e-6)


@MODELS.register_module()
class HardBackgroundLoss(nn.Module):
    """Module of :func:`hard_background_loss`.

    Args:
        loss_weight (float): Weight of the loss. Defaults to 1.0.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
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
        return self.loss_weight * hard_background_loss(student, teacher)
