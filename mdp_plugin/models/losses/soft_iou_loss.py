"""Soft intersection over union for one output channel."""

from mmseg.registry import MODELS
from torch import Tensor

from .one_channel_loss import OneChannelLoss, probs_and_label


def soft_iou_loss(
    seg_logits: Tensor,
    seg_label: Tensor,
    smooth: float = 1.0,
    reduction: str = 'sample',
    ignore_index: int = 255,
) -> Tensor:
    r"""One minus the soft IoU of the target class.

    .. math::
        L = 1 - \frac{\sum_i p_i y_i + s}{\sum_i (p_i + y_i - p_i y_i) + s},
        \qquad p = \mathrm{sigmoid}(\text{logit})

    Source: Rahman and Wang, `Optimizing intersection-over-union in deep neural networks for image
    segmentation`, ISVC 2016; the usual loss of the field since ACM (Dai et al., WACV 2021).

    Args:
        seg_logits (Tensor): (N, 1, H, W).
        seg_label (Tensor): (N, H, W), 0 background, 1 target, ``ignore_index`` neither.
        smooth (float): Pixels added to intersection and union; with it an image without a target
            is pushed to zero instead of being undefined. Defaults to 1.0.
        reduction (str): 'sample' averages the loss of each image, as nIoU does; 'batch' sums
            intersection and union over the batch first, as IoU does. Defaults to 'sample'.
        ignore_index (int): Label of the pixels that do not count. Defaults to 255.

    Returns:
        Tensor: Scalar in [0, 1].

    Raises:
        ValueError: If there is more than one channel, or for an unknown reduction.
    """
    if reduction not in ('sample', 'batch'):
        raise ValueError(f"reduction must be 'sample' or 'batch', got {reduction!r}")
    probs, label = probs_and_label(seg_logits, seg_label, 'SoftIoULoss', ignore_index)
    dims = (1, 2) if reduction == 'sample' else (0, 1, 2)
    intersection = (probs * label).sum(dims)
    union = (probs + label).sum(dims) - intersection
    return (1 - (intersection + smooth) / (union + smooth)).mean()


@MODELS.register_module()
class SoftIoULoss(OneChannelLoss):
    """Module of :func:`soft_iou_loss` for decode heads with one output channel.

    Args:
        smooth (float): Pixels added to intersection and union. Defaults to 1.0.
        reduction (str): 'sample' or 'batch'. Defaults to 'sample'.
        loss_weight (float): Weight of the loss. Defaults to 1.0.
        loss_name (str): Key of the loss in the log. Defaults to 'loss_soft_iou'.
    """

    def __init__(
        self,
        smooth: float = 1.0,
        reduction: str = 'sample',
        loss_weight: float = 1.0,
        loss_name: str = 'loss_soft_iou',
    ) -> None:
        super().__init__(loss_weight, loss_name)
        self.smooth = smooth
        self.reduction = reduction

    def compute(self, seg_logits: Tensor, seg_label: Tensor, ignore_index: int) -> Tensor:
        """Compute :func:`soft_iou_loss`."""
        return soft_iou_loss(seg_logits, seg_label, self.smooth, self.reduction, ignore_index)
