"""Loss that counts targets, as Pd and Fa do, where the other losses count pixels."""

import cv2
import numpy as np
import torch
from mmseg.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from ...imaging.masks import label_targets
from .one_channel_loss import OneChannelLoss, check_one_channel


def _number_targets(target: np.ndarray) -> tuple[np.ndarray, int]:
    """Number the targets of a batch from 1 on.

    Args:
        target (np.ndarray): uint8 (N, H, W), 1 on targets.

    Returns:
        tuple[np.ndarray, int]: int32 (N, H, W), 0 on the background, and the number of targets.
    """
    numbers, total = np.zeros(target.shape, np.int32), 0
    for image, place in zip(target, numbers, strict=True):
        labels, boxes = label_targets(image)
        np.copyto(place, labels + total, where=labels > 0)
        total += len(boxes)
    return numbers, total


def target_loss(
    seg_logits: Tensor,
    seg_label: Tensor,
    margin: int = 3,
    min_pixels: int = 20,
    gamma: float = 1.0,
    ignore_index: int = 255,
) -> Tensor:
    r"""Cross entropy of missed targets and of false alarms.

    .. math::
        L = -\frac{1}{|T|} \sum_{t \in T} \log\Big(\frac{1}{|t|} \sum_{i \in t} p_i\Big)
            - \frac{1}{A} \sum_{i \in B} p_i^\gamma \log(1 - p_i),
        \qquad A = \max\Big(\sum_{t \in T} |t|,\ N s\Big)

    with :math:`p` the sigmoid of the logits, :math:`T` the targets of the N images (8-connected
    components of the label), :math:`|t|` the pixels of one, :math:`B` the background farther than
    ``margin`` from all of them, and :math:`s` = ``min_pixels``.

    A target whose pixels all have a probability of 0 leaves no gradient in the soft IoU, which is
    a sum of probabilities, and next to none in the mean cross entropy over an image of 65,000
    pixels. Here every target weighs the same, whatever its size, and the logarithm keeps its
    gradient at any probability. A false alarm of a target's size weighs as much as a missed target.
    The rim of the targets is left to the other losses. The factor :math:`p_i^\gamma` is that of the
    focal loss (Lin et al., ICCV 2017): an image has a thousand times more background than target,
    and without the factor a new network spends its first epochs on silencing all of it.
    This loss is the project's own.

    Args:
        seg_logits (Tensor): (N, 1, H, W).
        seg_label (Tensor): (N, H, W), 0 background, 1 target, ``ignore_index`` neither.
        margin (int): Pixels around a target that are no background, in each direction. Defaults
            to 3, the distance at which a prediction counts as detecting the target.
        min_pixels (int): Least number of target pixels an image counts with in :math:`A`, so that
            images without a target do not weigh more than others. Defaults to 20, the area of a
            usual target.
        gamma (float): Exponent of the focal factor of the background. Defaults to 1.0.
        ignore_index (int): Label of the pixels that do not count. Defaults to 255.

    Returns:
        Tensor: Scalar, 0 or more.

    Raises:
        ValueError: If there is more than one channel.
    """
    check_one_channel(seg_logits, 'TargetLoss')
    logits = seg_logits.float().squeeze(1)
    label = seg_label.cpu().numpy()
    target = (label == 1).astype(np.uint8)
    numbers, total = _number_targets(target)
    square = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    # Beyond the border there is nothing: OpenCV's own default for a dilation.
    near = np.stack([cv2.dilate(image, square) for image in target]).astype(bool)
    background = torch.from_numpy(~near & (label != ignore_index)).to(logits.device)
    area = max(int(target.sum()), min_pixels * len(label))
    focal = logits.sigmoid() if gamma == 1 else logits.sigmoid() ** gamma
    loss = (focal * F.softplus(logits) * background).sum() / area
    if total:
        numbers = torch.from_numpy(numbers).to(logits.device)
        inside = numbers > 0
        index = numbers[inside].long() - 1
        log_probs = F.logsigmoid(logits[inside])
        # The logarithm of a mean without underflow: relative to the target's best pixel.
        best = log_probs.new_full((total,), -torch.inf)
        best = best.scatter_reduce(0, index, log_probs.detach(), 'amax')
        sums = log_probs.new_zeros(total).index_add(0, index, (log_probs - best[index]).exp())
        loss = loss - (best + sums.log() - index.bincount(minlength=total).log()).mean()
    return loss


@MODELS.register_module()
class TargetLoss(OneChannelLoss):
    """Module of :func:`target_loss` for decode heads with one output channel.

    Args:
        margin (int): Pixels around a target that are no background. Defaults to 3.
        min_pixels (int): Least number of target pixels an image counts with. Defaults to 20.
        gamma (float): Exponent of the focal factor of the background. Defaults to 1.0.
        loss_weight (float): Weight of the loss. Defaults to 1.0.
        loss_name (str): Key of the loss in the log. Defaults to 'loss_target'.
    """

    def __init__(
        self,
        margin: int = 3,
        min_pixels: int = 20,
        gamma: float = 1.0,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_target',
    ) -> None:
        super().__init__(loss_weight, loss_name)
        self.margin = margin
        self.min_pixels = min_pixels
        self.gamma = gamma

    def compute(self, seg_logits: Tensor, seg_label: Tensor, ignore_index: int) -> Tensor:
        """Compute :func:`target_loss`."""
        return target_loss(
            seg_logits, seg_label, self.margin, self.min_pixels, self.gamma, ignore_index
        )
