"""Targets, the ring around each, and the far background of a label map."""

from torch import Tensor
from torch.nn import functional as F


def label_regions(label: Tensor, ring: int) -> tuple[Tensor, Tensor, Tensor]:
    """Split the pixels of a label map.

    Args:
        label (Tensor): 0 on background, 255 where it is unknown, else a target, (N, 1, H, W).
        ring (int): Width of the ring in pixels, to all eight sides.

    Returns:
        tuple[Tensor, Tensor, Tensor]: Target, ring and far background as 0 and 1, float32
        (N, 1, H, W); an unknown pixel is in none of them.
    """
    known = (label != 255).float()
    target = (label != 0).float() * known
    near = F.max_pool2d(target, 2 * ring + 1, stride=1, padding=ring)
    return target, (near - target) * known, (1 - near) * known
