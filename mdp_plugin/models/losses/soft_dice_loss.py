"""Soft Dice coefficient for one output channel."""

from mmseg.registry import MODELS
from torch import Tensor

from .one_channel_loss import OneChannelLoss, probs_and_label


def soft_dice_loss(
    seg_logits: Tensor, seg_label: Tensor, smooth: float = 1.0, ignore_index: int = 255
) -> Tensor:
    r"""One minus the soft Dice coefficient of the target class, averaged over the images.

    .. math::
        L = 1 - \frac{2 \sum_i p_i y_i + s}{\sum_i (p_i + y_i) + s},
        \qquad p = \mathrm{sigmoid}(\text{logit})

    The host's ``DiceLoss`` is for one channel per class: of a single channel it makes the
    background.

    Source: Milletari et al., V-Net, 3DV 2016, without the squares in the denominator.

    Args:
        seg_logits (Tensor): (N, 1, H, W).
        seg_label (Tensor): (N, H, W), 0 background, 1 target, ``ignore_index`` neither.
        smooth (float): Pixels added above and below; with it an image without a target is pushed
            to zero instead of being undefined. Defaults to 1.0.
        ignore_index (int): Label of the pixels that do not count. Defaults to 255.

    Returns:
        Tensor: Scalar in [0, 1].

    Raises:
        ValueError: If there is more than one channel.
    """
    probs, label = probs_and_label(seg_logits, seg_label, 'SoftDiceLoss', ignore_index)
    intersection = (probs * label).sum((1, 2))
    total = (probs + label).sum((1, 2))
    return (1 - (2 * intersection + smooth) / (total + smooth)).mean()


@MODELS.register_module()
class SoftDiceLoss(OneChannelLoss):
    """Module of :func:`soft_dice_loss` for decode heads with one output channel.

    Args:
        smooth (float): Pixels added above and below. Defaults to 1.0.
        loss_weight (float): Weight of the loss. Defaults to 1.0.
        loss_name (str): Key of the loss in the log. Defaults to 'loss_soft_dice'.
    """

    def __init__(
        self, smooth: float = 1.0, loss_weight: float = 1.0, loss_name: str = 'loss_soft_dice'
    ) -> None:
        super().__init__(loss_weight, loss_name)
        self.smooth = smooth

    def compute(self, seg_logits: Tensor, seg_label: Tensor, ignore_index: int) -> Tensor:
        """Compute :func:`soft_dice_loss`."""
        return soft_dice_loss(seg_logits, seg_label, self.smooth, ignore_index)
