"""What a network learns to make of a frozen transformer's tokens."""

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F


class _AttentionBlock(nn.Module):
    """A plain transformer block: self-attention and two layers, each with norm and residual."""

    def __init__(self, channels: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.norm1 = nn.LayerNorm(channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = nn.Sequential(
            nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens (N, L, C) to the same shape."""
        n, length, channels = x.shape
        qkv = self.qkv(self.norm1(x)).view(n, length, 3, self.num_heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2)
        x = x + self.proj(attended.reshape(n, length, channels))
        return x + self.mlp(self.norm2(x))


@MODELS.register_module()
class TokenGuidance(BaseModule):
    r"""Scale and shift feature maps by what tokens say of the same places.

    .. math::
        T = P\, \mathrm{LN}(t), \quad A = \mathrm{blocks}(\mathrm{pool}(T)), \quad
        F'_k = F_k \odot (1 + \gamma_k) + \beta_k, \quad (\gamma_k, \beta_k) = W_k\, [T; A]

    with the tokens t on a grid of 8 pixels, self-attention on one of 16, and both resized to each
    map. :math:`W_k` starts at zero, and so the maps as they are. Scale and shift: FiLM, Perez et
    al., `Visual reasoning with a general conditioning layer`, AAAI 2018.

    Args:
        in_channels (int): Channels of the tokens.
        stage_channels (Sequence[int]): Channels of each map to be changed.
        channels (int): Width of the blocks. Defaults to 64.
        depth (int): Number of blocks. Defaults to 2.
        num_heads (int): Heads of the self-attention. Defaults to 4.
        dropout (float): Share of the channels of T and A that are dropped in training. Defaults
            to 0.
    """

    def __init__(
        self,
        in_channels: int,
        stage_channels: Sequence[int],
        channels: int = 64,
        depth: int = 2,
        num_heads: int = 4,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if channels % num_heads:
            raise ValueError(f'channels={channels} is no multiple of num_heads={num_heads}')
        self.norm = nn.LayerNorm(in_channels)
        self.project = nn.Linear(in_channels, channels)
        self.blocks = nn.ModuleList(_AttentionBlock(channels, num_heads) for _ in range(depth))
        self.dropout = nn.Dropout2d(dropout)
        self.modulate = nn.ModuleList(
            nn.Conv2d(2 * channels, 2 * width, 1) for width in stage_channels
        )
        for layer in self.modulate:
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, tokens: Tensor, maps: Sequence[Tensor]) -> list[Tensor]:
        """Change the maps.

        Args:
            tokens (Tensor): (N, in_channels, h, w), one for each 8 pixels.
            maps (Sequence[Tensor]): Feature maps (N, C_k, H_k, W_k).

        Returns:
            list[Tensor]: Of the same shapes.
        """
        fine = self.project(self.norm(tokens.movedim(1, -1))).movedim(-1, 1)
        coarse = F.avg_pool2d(fine, 2, ceil_mode=True)
        flat = coarse.flatten(2).transpose(1, 2)
        for block in self.blocks:
            flat = block(flat)
        coarse = flat.transpose(1, 2).reshape(coarse.shape)
        out = []
        for layer, feature in zip(self.modulate, maps):
            size = feature.shape[2:]
            said = torch.cat([_resized(fine, size), _resized(coarse, size)], 1)
            gamma, beta = layer(self.dropout(said)).chunk(2, 1)
            out.append(feature * (1 + gamma) + beta)
        return out


def _resized(x: Tensor, size: torch.Size) -> Tensor:
    """Bring a map to another size: the mean of what is covered, or bilinear."""
    if x.shape[2:] == size:
        return x
    if x.size(2) >= size[0] and x.size(3) >= size[1]:
        return F.adaptive_avg_pool2d(x, size)
    return F.interpolate(x, size, mode='bilinear', align_corners=False)
