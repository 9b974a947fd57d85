"""From raw frames to target probabilities in one graph: what is exported."""

import torch
from mmengine.model import revert_sync_batchnorm
from torch import Tensor, nn
from torch.nn import functional as F

from ..deploy.metadata import WHITE_LEVELS
from ..imaging.grey_levels import (
    BRIGHT,
    DARK,
    FLOAT_STEP,
    GRID,
    LEAST_GAIN,
    LEAST_SPAN,
    RANK,
    Polarity,
    Rule,
)
from ..imaging.resampling import KERNELS
from .deploy_form import deploy_form


def _resize(x: Tensor, size: tuple[int, int], interpolation: str = 'bilinear') -> Tensor:
    """Resample on half-pixel centres, by the kernels of training and testing.

    Where sizes are known when the graph is exported, a resize that changes nothing is left out:
    backends do not notice that, and take a fifth of the network's time for it.
    """
    known = all(isinstance(side, int) for side in (*x.shape[2:], *size))
    if known and tuple(x.shape[2:]) == tuple(size):
        return x
    if interpolation == 'bilinear':
        return F.interpolate(x, size=size, mode='bilinear', align_corners=False)
    # In whole numbers. Where a centre lies on the border of two pixels, which at a size of 320
    # takes a frame of 128, 256, 384 or 512 pixels, rounding decides in OpenCV, and here the later.
    for dim, side in zip((2, 3), size, strict=True):
        centres = 2 * torch.arange(side, device=x.device) + 1
        x = x.index_select(dim, centres * x.shape[dim] // (2 * side))
    return x


def _stretch(frames: Tensor, step: float | None) -> Tensor:
    """Bring frames (N, 1, H, W) to grey levels, each by its own percentiles.

    As :func:`~mdp_plugin.imaging.grey_levels.stretch` does, in operations that all formats have.
    """
    sample = frames
    for dim in (2, 3):
        places = (2 * torch.arange(GRID, device=frames.device) + 1) * frames.shape[dim]
        sample = sample.index_select(dim, places // (2 * GRID))
    sample = sample.reshape(-1, GRID * GRID)
    low = sample.topk(RANK, dim=1, largest=False).values.amax(1)
    high = sample.topk(RANK, dim=1).values.amin(1)
    middle, centre = (DARK + BRIGHT) / 2, (low + high) / 2
    if step is None:
        least = torch.maximum(low.abs(), high.abs()).clamp(min=1e-30) * (LEAST_SPAN * FLOAT_STEP)
    else:
        least = torch.full_like(low, LEAST_SPAN * step)
    gain = (BRIGHT - DARK) / torch.maximum(high - low, least)
    smallest = -F.max_pool2d(-frames, 2, stride=1)  # of 2x2 pixels
    brightest = (smallest.amax((1, 2, 3)) - centre).clamp(min=1e-30)
    gain = torch.minimum(gain, torch.maximum((255 - middle) / brightest, LEAST_GAIN * gain))
    centre, gain = centre.reshape(-1, 1, 1, 1), gain.reshape(-1, 1, 1, 1)
    return ((frames - centre) * gain + middle).clamp(0, 255)


class DetectorGraph(nn.Module):
    """A segmentor with everything around it: grey levels, normalisation, both resizes, sigmoid.

    It computes what ``tools/test.py`` computes for grey frames, in the deployment form, so that a
    program that runs the exported file cannot choose another kernel or normalisation.

    Args:
        model (nn.Module): Segmentor of one output channel with its ``data_preprocessor``.
        size (tuple[int, int], optional): Height and width to which frames are resized for the
            network, as the config's test pipeline does. Defaults to None: the frame's own.
        frame_type (str): 'uint8', 'uint16' or 'float32' (in 0..255 units unless white is given,
            or the levels are measured). Defaults to 'uint8'.
        white_level (float, optional): Value that becomes 255, such as 16383 for a 14-bit camera.
            Defaults to None: that of the type.
        black_level (float): Value that becomes 0. Defaults to 0.
        levels (str): 'auto' measures black and white in each frame instead. Defaults to 'full'.
        polarity (str): 'black-hot' turns the grey levels over. Defaults to 'white-hot'.
        threshold (float, optional): Return the mask of larger probabilities, too. Defaults to
            None.
        interpolation (str): Kernel by which frames are resized for the network, 'bilinear' or
            'nearest'. Logits are always bilinear, as the host's. Defaults to 'bilinear'.

    Raises:
        ValueError: For an unknown type or kernel, a threshold outside of 0..1, a white level that
            is not above black, levels that do not fit, or a segmentor of several classes.
    """

    def __init__(
        self,
        model: nn.Module,
        size: tuple[int, int] | None = None,
        frame_type: str = 'uint8',
        white_level: float | None = None,
        threshold: float | None = None,
        interpolation: str = 'bilinear',
        *,
        black_level: float = 0.0,
        levels: Rule = 'full',
        polarity: Polarity = 'white-hot',
    ) -> None:
        super().__init__()
        if frame_type not in WHITE_LEVELS:
            raise ValueError(
                f'frame_type must be one of {sorted(WHITE_LEVELS)}, got {frame_type!r}'
            )
        if threshold is not None and not 0 < threshold < 1:
            raise ValueError(f'threshold must lie between 0 and 1, got {threshold!r}')
        if white_level is not None and not white_level > black_level:
            raise ValueError(
                f'white_level must be above black_level, got {white_level!r} with {black_level!r}'
            )
        if levels == 'auto' and (frame_type == 'uint8' or white_level or black_level):
            raise ValueError(
                "levels 'auto' is for frames of uint16 or float32 without black and white level"
            )
        if interpolation not in KERNELS:
            raise ValueError(f'interpolation must be one of {list(KERNELS)}, got {interpolation!r}')
        if model.out_channels != 1:
            raise ValueError(
                f'only segmentors of one output channel are exported, not of {model.out_channels}'
            )
        preprocessor = model.data_preprocessor
        self.network = deploy_form(revert_sync_batchnorm(model))
        # The trick with the strides is for eager mode; a backend chooses its own format.
        self.network.backbone.memory_format = torch.contiguous_format
        self.size = None if size is None else (int(size[0]), int(size[1]))
        self.interpolation = interpolation
        self.threshold = threshold
        self.measures = levels == 'auto'
        #: What `_stretch` takes for the smallest step of a frame.
        self.step = None if frame_type == 'float32' else 1.0
        #: Whether the negative of frames is measured.
        self.turns_over = self.measures and polarity == 'black-hot'
        white = 255.0 if self.measures else white_level or WHITE_LEVELS[frame_type]
        if polarity == 'black-hot' and not self.measures:
            black_level, white = white, black_level
        level = (white - black_level) / 255
        std = preprocessor.std.reshape(1, -1, 1, 1)
        # ((grey - black) / level - mean) / std as one multiplication and one addition
        self.register_buffer('scale', 1 / (std * level))
        mean = preprocessor.mean.reshape(1, -1, 1, 1) + black_level / level
        self.register_buffer('shift', -mean / std)

    def forward(self, frames: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Detect.

        Args:
            frames (Tensor): (N, H, W) of the frame type.

        Returns:
            Tensor or tuple[Tensor, Tensor]: Probability of a target for each pixel, float32
            (N, H, W); with a threshold also the mask, uint8 (N, H, W) in {0, 1}.
        """
        grey = frames.unsqueeze(1).float()
        if self.measures:
            grey = _stretch(-grey if self.turns_over else grey, self.step)
        if self.size is not None:
            grey = _resize(grey, self.size, self.interpolation)
        logits = self.network(grey * self.scale + self.shift, mode='tensor')
        # A network of stride 2 predicts an even number of rows and columns; as in testing these
        # are resized to the network's input, and then to the frame.
        if self.size is not None:
            logits = _resize(logits, self.size)
        logits = _resize(logits, frames.shape[1:])
        probability = logits.squeeze(1).sigmoid()
        if self.threshold is None:
            return probability
        return probability, (probability > self.threshold).to(torch.uint8)
