"""Standardised logits: the student orders pixels as a teacher does that is right."""

from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from .regions import label_regions


def standardised_logits_loss(student: Tensor, teacher: Tensor, weight: Tensor) -> Tensor:
    r"""Weighted mean square of the difference of z-scores.

    .. math::
        L = \frac{\sum_i w_i (\tilde z^s_i - \tilde z^t_i)^2}{\sum_i w_i},
        \qquad \tilde z = \frac{z - \mathrm{mean}(z)}{\mathrm{std}(z)}

    with mean and standard deviation over an image. A small network need not reach the large one's
    range of logits. Source: Sun et al., `Logit standardization in knowledge distillation`, CVPR
    2024 (there before a KL divergence).

    Args:
        student (Tensor): Logits (N, 1, H, W).
        teacher (Tensor): Logits of the same shape.
        weight (Tensor): w, of the same shape.

    Returns:
        Tensor: Scalar; 0 without weights.
    """
    scores = [F.layer_norm(z.float(), z.shape[1:], eps=1e-6) for z in (student, teacher)]
    squares = (scores[0] - scores[1]).square()
    return (weight * squares).sum() / weight.sum().clamp(min=1e-6)


@MODELS.register_module()
class StandardisedLogitsLoss(nn.Module):
    """Module of :func:`standardised_logits_loss`.

    A pixel weighs 1 on targets and on the ring around them and ``background`` far from them, and
    nothing where the teacher's decision at 0.5 is not the label.

    Args:
        ring (int): Width of the ring in pixels. Defaults to 9.
        background (float): Weight of the far background. Defaults to 0.1.
        loss_weight (float): Weight of the loss. Defaults to 1.0.
    """

    def __init__(self, ring: int = 9, background: float = 0.1, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.ring = ring
        self.background = background
        self.loss_weight = loss_weight

    def forward(self, student: Tensor, teacher: Tensor, label: Tensor) -> Tensor:
        """Compare logits; both are resized to the label.

        Args:
            student (Tensor): Logits (N, 1, H, W).
            teacher (Tensor): Logits (N, 1, H', W').
            label (Tensor): Label map of the images, (N, 1, H'', W'').

        Returns:
            Tensor: Scalar.
        """
        student, teacher = (
            z if z.shape == label.shape else F.interpolate(z, label.shape[2:], mode='bilinear')
            for z in (student, teacher)
        )
        target, ring, far = label_regions(label, self.ring)
        right = ((teacher > 0).float() == target).float()
        weight = right * (target + ring + self.background * far)
        return self.loss_weight * standardised_logits_loss(student, teacher, weight)
