"""Attention transfer: the student is active where the teacher is."""

from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F


def attention_transfer_loss(student: Tensor, teacher: Tensor) -> Tensor:
    r"""Distance of the normalised maps of activation energy.

    .. math::
        L = \frac{1}{N} \sum_n \Big\| \frac{q^s_n}{\|q^s_n\|_2} - \frac{q^t_n}{\|q^t_n\|_2}
        \Big\|_2^2, \qquad q = \sum_c F_c^2 \text{ as a vector over the positions}

    Zero for maps of equal energy up to a factor. Source: Zagoruyko, Komodakis, `Paying more
    attention to attention`, ICLR 2017, equation (2) with the squared norm.

    Args:
        student (Tensor): (N, C, H, W).
        teacher (Tensor): (N, C', H, W).

    Returns:
        Tensor: Scalar.
    """
    maps = [F.normalize(f.float().square().sum(1).flatten(1), dim=1) for f in (student, teacher)]
    return (maps[0] - maps[1]).square().sum(1).mean()


@MODELS.register_module()
class AttentionTransferLoss(nn.Module):
    """Module of :func:`attention_transfer_loss`.

    Args:
        loss_weight (float): Weight of the loss. Defaults to 1.0.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Compare feature maps at the smaller of their heights and of their widths.

        Args:
            student (Tensor): (N, C, H, W).
            teacher (Tensor): (N, C', H', W').

        Returns:
            Tensor: Scalar.
        """
        size = [min(sides) for sides in zip(student.shape[2:], teacher.shape[2:], strict=True)]
        student, teacher = (F.adaptive_avg_pool2d(f, size) for f in (student, teacher))
        return self.loss_weight * attention_transfer_loss(student, teacher)
