"""What the losses of networks with one output channel share."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


def check_one_channel(seg_logits: Tensor, name: str) -> None:
    """Refuse logits of another shape than (N, 1, H, W).

    Args:
        seg_logits (Tensor): The logits.
        name (str): Of the loss, for the message.

    Raises:
        ValueError: If there is more than one channel.
    """
    if seg_logits.dim() != 4 or seg_logits.size(1) != 1:
        raise ValueError(
            f'{name} is for one output channel, (N, 1, H, W); got {tuple(seg_logits.shape)}. '
            'Set out_channels=1 in the decode head.'
        )


def probs_and_label(
    seg_logits: Tensor, seg_label: Tensor, name: str, ignore_index: int
) -> tuple[Tensor, Tensor]:
    """Probabilities and labels in {0, 1}, both 0 where a pixel does not count.

    Args:
        seg_logits (Tensor): (N, 1, H, W).
        seg_label (Tensor): (N, H, W), 0 background, 1 target, ``ignore_index`` neither.
        name (str): Of the loss, for the message.
        ignore_index (int): Label of the pixels that do not count.

    Returns:
        tuple[Tensor, Tensor]: Two of (N, H, W), of the same type, in single precision at least,
        since half precision cannot hold sums over an image.

    Raises:
        ValueError: If there is more than one channel.
    """
    check_one_channel(seg_logits, name)
    logits = seg_logits.squeeze(1)
    probs = logits.to(torch.promote_types(logits.dtype, torch.float32)).sigmoid()
    valid = seg_label != ignore_index
    return probs * valid, ((seg_label == 1) & valid).to(probs)


class OneChannelLoss(nn.Module, ABC):
    """A weighted loss in the interface of the host's decode heads.

    Args:
        loss_weight (float): Weight of the loss.
        loss_name (str): Key of the loss in the log.
    """

    def __init__(self, loss_weight: float, loss_name: str) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.loss_name = loss_name

    @abstractmethod
    def compute(self, seg_logits: Tensor, seg_label: Tensor, ignore_index: int) -> Tensor:
        """Compute the loss without its weight, a scalar.

        Args:
            seg_logits (Tensor): (N, 1, H, W).
            seg_label (Tensor): (N, H, W).
            ignore_index (int): Label of the pixels that do not count.
        """

    def forward(
        self,
        pred: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = 255,
    ) -> Tensor:
        """Compute the weighted loss.

        Args:
            pred (Tensor): Logits, (N, 1, H, W).
            target (Tensor): Labels, (N, H, W).
            weight (Tensor, optional): Pixel weights of a sampler; not supported. Defaults to None.
            ignore_index (int): Label of the pixels that do not count. Defaults to 255.

        Returns:
            Tensor: Scalar.

        Raises:
            ValueError: If pixel weights are given.
        """
        if weight is not None:
            name = type(self).__name__
            raise ValueError(f'{name} takes no pixel weights; remove `sampler` from the head')
        return self.loss_weight * self.compute(pred, target, ignore_index)
