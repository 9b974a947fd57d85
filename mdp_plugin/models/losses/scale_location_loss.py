"""Soft IoU that also looks at the targets' area and at where they lie."""

from math import pi

import torch
from mmseg.registry import MODELS
from torch import Tensor

from .one_channel_loss import OneChannelLoss, probs_and_label


def scale_location_loss(
    seg_logits: Tensor, seg_label: Tensor, smooth: float = 1.0, ignore_index: int = 255
) -> Tensor:
    r"""Scale and location sensitive (SLS) loss, averaged over the images.

    .. math::
        L = 1 - w\, \mathrm{IoU} + 1 - \frac{\min(d_p, d_y)}{\max(d_p, d_y)}
            + \frac{4}{\pi^2} (\theta_p - \theta_y)^2, \qquad
        w = \frac{\min(A_p, A_y) + v}{\max(A_p, A_y) + v}, \quad
        v = \Big(\frac{A_p - A_y}{2}\Big)^2

    with the soft IoU, :math:`A` the sums of the probabilities and of the label, and :math:`(d,
    \theta)` the polar coordinates of their centres of mass, seen from the upper left corner. The
    same error of a centre costs more near that corner, and the targets of an image are seen as one
    body; so it is in the paper. Images without a target have no centre and no second part.

    Source: Liu et al., Infrared small target detection with scale and location sensitivity,
    CVPR 2024. The authors begin with the soft IoU alone for some epochs, since a network that
    predicts nothing has its centre of mass in the middle of the image.

    Args:
        seg_logits (Tensor): (N, 1, H, W).
        seg_label (Tensor): (N, H, W), 0 background, 1 target, ``ignore_index`` neither.
        smooth (float): Pixels added to areas, intersection and union. Defaults to 1.0.
        ignore_index (int): Label of the pixels that do not count. Defaults to 255.

    Returns:
        Tensor: Scalar, 0 or more.

    Raises:
        ValueError: If there is more than one channel.
    """
    probs, label = probs_and_label(seg_logits, seg_label, 'ScaleLocationLoss', ignore_index)
    area, true_area = probs.sum((1, 2)), label.sum((1, 2))
    intersection = (probs * label).sum((1, 2))
    iou = (intersection + smooth) / (area + true_area - intersection + smooth)
    variance = ((area - true_area) / 2) ** 2 + smooth
    scale = (torch.minimum(area, true_area) + variance) / (
        torch.maximum(area, true_area) + variance
    )
    distance, angle = _polar_centre(probs)
    true_distance, true_angle = _polar_centre(label)
    nearer = torch.minimum(distance, true_distance) / torch.maximum(distance, true_distance)
    location = 1 - nearer + 4 / pi**2 * (angle - true_angle) ** 2
    return (1 - scale * iou + location * (true_area > 0)).mean()


def _polar_centre(mass: Tensor) -> tuple[Tensor, Tensor]:
    """Distance in pixels and angle of the centre of mass from beyond the corner, both (N,)."""
    height, width = mass.shape[1:]
    eps = torch.finfo(mass.dtype).eps  # keeps the gradients finite where there is no mass
    total = mass.sum((1, 2)) + eps
    # From 1 on, so that no centre lies in the corner itself, where the angle is undefined.
    rows = torch.arange(1, height + 1, device=mass.device, dtype=mass.dtype)
    columns = torch.arange(1, width + 1, device=mass.device, dtype=mass.dtype)
    row = (mass.sum(2) * rows).sum(1) / total
    column = (mass.sum(1) * columns).sum(1) / total + eps
    return (row**2 + column**2).sqrt(), torch.atan2(row, column)


@MODELS.register_module()
class ScaleLocationLoss(OneChannelLoss):
    """Module of :func:`scale_location_loss` for decode heads with one output channel.

    Args:
        smooth (float): Pixels added to areas, intersection and union. Defaults to 1.0.
        loss_weight (float): Weight of the loss. Defaults to 1.0.
        loss_name (str): Key of the loss in the log. Defaults to 'loss_scale_location'.
    """

    def __init__(
        self, smooth: float = 1.0, loss_weight: float = 1.0, loss_name: str = 'loss_scale_location'
    ) -> None:
        super().__init__(loss_weight, loss_name)
        self.smooth = smooth

    def compute(self, seg_logits: Tensor, seg_label: Tensor, ignore_index: int) -> Tensor:
        """Compute :func:`scale_location_loss`."""
        return scale_location_loss(seg_logits, seg_label, self.smooth, ignore_index)
