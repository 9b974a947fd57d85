"""Focal loss for one output channel."""

import torch
from mmseg.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from .one_channel_loss import OneChannelLoss, probs_and_label


def pixel_focal_loss(
    seg_logits: Tensor,
    seg_label: Tensor,
    gamma: float = 2.0,
    alpha: float = 0.5,
    rim: float = 0.0,
    ignore_index: int = 255,
) -> Tensor:
    r"""Cross entropy of the pixels that are not yet right, for each pixel of a target.

    .. math::
        L = -\frac{1}{\max(1, \sum_i y_i)} \sum_i
            \alpha\, y_i (1 - p_i)^\gamma \log p_i
            + (1 - \alpha) (1 - y_i)\, p_i^\gamma \log(1 - p_i)

    The host's ``FocalLoss`` is for one channel per class: of a single channel it makes the
    background. It also averages over all pixels, of which targets are a thousandth.

    Source: Lin et al., Focal loss for dense object detection, ICCV 2017 (equation 5 and its
    normalisation by the number of objects, here of their pixels).

    Args:
        seg_logits (Tensor): (N, 1, H, W).
        seg_label (Tensor): (N, H, W), 0 background, 1 target, ``ignore_index`` neither.
        gamma (float): Exponent of the focal factor; 0 for the balanced cross entropy. Defaults
            to 2.0.
        alpha (float): Weight of the targets, and one minus that of the background. Defaults
            to 0.5.
        rim (float): Share of a pixel's label that is that of its 3x3 neighbourhood, since nobody
            knows to the pixel where a target ends: 0 for the label as it is, 1 for the mean.
            Defaults to 0.0.
        ignore_index (int): Label of the pixels that do not count. Defaults to 255.

    Returns:
        Tensor: Scalar, 0 or more.

    Raises:
        ValueError: If there is more than one channel.
    """
    probs, label = probs_and_label(seg_logits, seg_label, 'PixelFocalLoss', ignore_index)
    logits = seg_logits.squeeze(1).to(probs)
    valid = seg_label != ignore_index
    area = label.sum().clamp(min=1)
    if rim:
        label = torch.lerp(label, F.avg_pool2d(label[:, None], 3, 1, 1).squeeze(1), rim) * valid
    target = alpha * label * (1 - probs) ** gamma * F.softplus(-logits)
    background = (1 - alpha) * (1 - label) * valid * probs**gamma * F.softplus(logits)
    return (target + background).sum() / area


@MODELS.register_module()
class PixelFocalLoss(OneChannelLoss):
    """Module of :func:`pixel_focal_loss` for decode heads with one output channel.

    Args:
        gamma (float): Exponent of the focal factor. Defaults to 2.0.
        alpha (float): Weight of the targets, and one minus that of the background. Defaults
            to 0.5.
        rim (float): Share of a pixel's label that is that of its neighbourhood. Defaults to 0.0.
        loss_weight (float): Weight of the loss. Defaults to 1.0.
        loss_name (str): Key of the loss in the log. Defaults to 'loss_focal'.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float = 0.5,
        rim: float = 0.0,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_focal',
    ) -> None:
        super().__init__(loss_weight, loss_name)
        self.gamma = gamma
        self.alpha = alpha
        self.rim = rim

    def compute(self, seg_logits: Tensor, seg_label: Tensor, ignore_index: int) -> Tensor:
        """Compute :func:`pixel_focal_loss`."""
        return pixel_focal_loss(
            seg_logits, seg_label, self.gamma, self.alpha, self.rim, ignore_index
        )
