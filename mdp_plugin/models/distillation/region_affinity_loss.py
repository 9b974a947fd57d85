"""Region affinity: how alike targets, their surroundings and the far background are."""

from collections.abc import Sequence

import torch
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from .regions import label_regions


def region_affinity_loss(student: Tensor, teacher: Tensor, regions: Sequence[Tensor]) -> Tensor:
    r"""Squared difference of the similarities between mean features of regions.

    .. math::
        L = \frac{1}{|P|} \sum_{(a, b) \in P} \big(\cos(f^s_a, f^s_b) - \cos(f^t_a, f^t_b)\big)^2,
        \qquad f_a = \frac{\sum_i w_{a,i} F_i}{\sum_i w_{a,i}}

    with the pairs P of different regions that an image has both of, over all images, and the share
    w of a position that a region covers. The widths of both maps may differ. Source: the
    region-affinity distillation of LW-DSTransNet, 2026, from its code (RAD).

    Args:
        student (Tensor): (N, C, H, W).
        teacher (Tensor): (N, C', H', W').
        regions (Sequence[Tensor]): Each region's pixels as 0 and 1, (N, 1, H'', W'').

    Returns:
        Tensor: Scalar; 0 without any pair.
    """
    present = torch.cat([region.flatten(1).amax(1, keepdim=True) for region in regions], 1) > 0
    pairs = torch.triu(present[:, :, None] & present[:, None], diagonal=1)
    affinities = [_affinities(maps.float(), regions) for maps in (student, teacher)]
    squares = (affinities[0] - affinities[1]).square() * pairs
    return squares.sum() / pairs.sum().clamp(min=1)


def _affinities(maps: Tensor, regions: Sequence[Tensor]) -> Tensor:
    """Cosines between the regions' mean features, (N, R, R)."""
    size = maps.shape[2:]
    shares = torch.cat([F.adaptive_avg_pool2d(region.float(), size) for region in regions], 1)
    shares = shares.flatten(2)
    shares = shares / shares.sum(2, keepdim=True).clamp(min=1e-6)
    means = F.normalize(shares @ maps.flatten(2).transpose(1, 2), dim=2)
    return means @ means.transpose(1, 2)


@MODELS.register_module()
class RegionAffinityLoss(nn.Module):
    """Module of :func:`region_affinity_loss` for target, ring and far background of a label.

    Args:
        ring (int): Width of the ring in pixels. Defaults to 9.
        loss_weight (float): Weight of the loss. Defaults to 1.0.
    """

    def __init__(self, ring: int = 9, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.ring = ring
        self.loss_weight = loss_weight

    def forward(self, student: Tensor, teacher: Tensor, label: Tensor) -> Tensor:
        """Compare feature maps.

        Args:
            student (Tensor): (N, C, H, W).
            teacher (Tensor): (N, C', H', W').
            label (Tensor): Label map of the images, (N, 1, H'', W'').

        Returns:
            Tensor: Scalar.
        """
        regions = label_regions(label, self.ring)
        return self.loss_weight * region_affinity_loss(student, teacher, regions)
