"""LW-IRSTNet, the fastest small network of the field that publishes a file, rebuilt for timing.

    python -m mdp_plugin.benchmark.lw_irstnet work_dirs/lw_irstnet.onnx

Source of the structure: Kou et al., `LW-IRSTNet: Lightweight infrared small target segmentation
network and application deployment`, IEEE TGRS 61, 2023, and its public model definition. The
weights are random, since only the time is asked: 163,232 parameters and 0.193 GMACs at 256x256, as
published. Nothing of it is part of MDPNet.
"""

import sys
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def _unit(
    in_channels: int,
    out_channels: int,
    kernel: tuple[int, int] = (1, 1),
    act: type[nn.Module] = nn.PReLU,
    dilation: int = 1,
    groups: int = 1,
) -> nn.Sequential:
    """Convolution of stride 1 that keeps the size, norm, activation."""
    padding = tuple(dilation * (side // 2) for side in kernel)
    return nn.Sequential(
        nn.Conv2d(
            in_channels, out_channels, kernel, 1, padding, dilation, groups=groups, bias=False
        ),
        nn.BatchNorm2d(out_channels),
        act(),
    )


class _Bottleneck(nn.Module):
    """Narrow (or, depthwise, widen), convolve, return to the width, add the input."""

    def __init__(self, channels: int, *middle: nn.Module, act: type[nn.Module] = nn.PReLU) -> None:
        super().__init__()
        inner = middle[0][0].in_channels
        self.body = nn.Sequential(
            _unit(channels, inner, act=act), *middle, _unit(inner, channels, act=act)
        )
        self.act = act()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        return self.act(x + self.body(x))


def _regular(channels: int, dilation: int = 1, act: type[nn.Module] = nn.PReLU) -> _Bottleneck:
    """Bottleneck with one 3x3 convolution at a quarter of the width."""
    inner = channels // 4
    return _Bottleneck(channels, _unit(inner, inner, (3, 3), act, dilation), act=act)


def _group(channels: int, dilations: tuple[int, int]) -> list[_Bottleneck]:
    """Depthwise, dilated, asymmetric 7x1 and 1x7, dilated again."""
    inner, wide = channels // 4, 2 * channels
    return [
        _Bottleneck(channels, _unit(wide, wide, (3, 3), nn.ReLU, groups=wide)),
        _regular(channels, dilations[0]),
        _Bottleneck(channels, _unit(inner, inner, (7, 1)), _unit(inner, inner, (1, 7))),
        _regular(channels, dilations[1]),
    ]


class _Down(nn.Module):
    """Half the size: a bottleneck of stride 2, plus the maximum, padded with empty channels."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        inner = in_channels // 4
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, inner, 2, 2, bias=False),
            nn.BatchNorm2d(inner),
            nn.PReLU(),
            _unit(inner, inner, (3, 3)),
            _unit(inner, out_channels),
        )
        self.missing = out_channels - in_channels
        self.act = nn.PReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H / 2, W / 2)."""
        pooled = F.pad(F.max_pool2d(x, 2), (0, 0, 0, 0, 0, self.missing))
        return self.act(pooled + self.body(x))


class LWIRSTNet(nn.Module):
    """The network from an image of three channels to probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 5, 3, 2, 1, bias=False)
        self.stem_act = nn.Sequential(nn.BatchNorm2d(8), nn.PReLU())
        self.stage1 = nn.Sequential(_Down(8, 32), *(_regular(32) for _ in range(4)))
        groups = [_group(64, pair) for pair in 2 * ((2, 4), (8, 16))]
        self.stage2 = nn.Sequential(_Down(32, 64), *(unit for group in groups for unit in group))
        up = dict(kernel_size=3, stride=2, padding=1, output_padding=1, bias=False)
        self.up1 = nn.ConvTranspose2d(64, 32, **up)
        self.decode1 = nn.Sequential(_regular(32, act=nn.ReLU), _regular(32, act=nn.ReLU))
        self.up2 = nn.ConvTranspose2d(32, 8, **up)
        self.decode2 = _regular(8, act=nn.ReLU)
        self.up3 = nn.ConvTranspose2d(8, 1, **up)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W), sides multiples of 8, to probabilities (N, 1, H, W)."""
        half = self.stem_act(torch.cat((self.stem(x), F.max_pool2d(x, 3, 2, 1)), dim=1))
        quarter = self.stage1(half)
        y = self.decode1(self.up1(self.stage2(quarter)) + quarter)
        return self.up3(self.decode2(self.up2(y) + half)).sigmoid()


def write_onnx(out: Path, size: tuple[int, int] = (256, 256)) -> Path:
    """Write the network with random weights as ONNX.

    Args:
        out (Path): File to write.
        size (tuple[int, int]): Height and width of its input (1, 3, H, W), multiples of 8.
            Defaults to (256, 256), the size of the published file.

    Returns:
        Path: The file.
    """
    torch.manual_seed(0)
    program = torch.export.export(LWIRSTNet().eval(), (torch.zeros(1, 3, *size),))
    onnx_program = torch.onnx.export(program, dynamo=True, verbose=False)
    onnx_program.optimize()
    out.parent.mkdir(parents=True, exist_ok=True)
    onnx_program.save(out)
    return out


if __name__ == '__main__':
    if len(sys.argv) != 2 or not sys.argv[1].endswith('.onnx'):
        raise SystemExit('usage: python -m mdp_plugin.benchmark.lw_irstnet OUT.onnx')
    print(write_onnx(Path(sys.argv[1])))  # noqa: T201
