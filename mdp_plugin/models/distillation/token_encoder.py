"""A frozen vision transformer that turns grey images into a map of tokens."""

import contextlib
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.runner import CheckpointLoader
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from ...precision import mixed_precision
from ...project_files import find_project_file


def weights_digest(state: dict[str, Tensor]) -> str:
    """Name the weights of a network by what they are, whatever file they come from.

    Args:
        state (dict[str, Tensor]): Weights by their key.

    Returns:
        str: The first 16 digits of a SHA-256 over keys and values in float32.
    """
    digest = hashlib.sha256()
    for key in sorted(state):
        digest.update(key.encode())
        digest.update(state[key].float().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def window_starts(length: int, window: int) -> list[int]:
    """Where windows begin that cover a length; the last one ends with it.

    Args:
        length (int): What is to be covered.
        window (int): Length of a window.

    Returns:
        list[int]: Ascending; one window that is shorter where all fits into one.
    """
    if length <= window:
        return [0]
    return [*range(0, length - window, window), length - window]


@MODELS.register_module()
class TokenEncoder(nn.Module):
    """Tokens of a vision transformer of mmpretrain, frozen.

    The image is cut into windows, and each is enlarged until one patch of the transformer covers
    ``cell`` pixels: targets are smaller than the patches that it was trained with. The tokens of
    ``blocks`` are normalised, each to mean 0 and variance 1, and joined.

    The weights are read when it is first asked. The transformer is hidden from the module tree:
    no checkpoint, optimizer or moving average sees it, and copies share it.

    Args:
        backbone (dict): Config of the transformer, such as ``mmpretrain.VisionTransformer``.
        checkpoint (str): Its weights, under the keys of the backbone.
        digest (str, optional): What :func:`weights_digest` says of them. Defaults to None: any.
        blocks (Sequence[int]): Blocks whose tokens are taken, the first one is 1. The transformer
            ends with the last of them. Defaults to (5, 6, 7).
        cell (int): Pixels of the image for each token. Defaults to 7.
        window (int): Side of a window in tokens. Defaults to 37, as DINOv2 was trained with.
        mean (Sequence[float]): Of the images that the transformer knows. Defaults to ImageNet's.
        std (Sequence[float]): Likewise.
        autocast (str, optional): Compute in this type where the machine has it; None for
            float32. Defaults to 'bfloat16'.
        advice (str): What to do where the weights are missing. Defaults to the converter's command.

    Attributes:
        width (int): Channels of the tokens.

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(
        self,
        backbone: dict,
        checkpoint: str,
        digest: str | None = None,
        blocks: Sequence[int] = (5, 6, 7),
        cell: int = 7,
        window: int = 37,
        mean: Sequence[float] = (123.675, 116.28, 103.53),
        std: Sequence[float] = (58.395, 57.12, 57.375),
        autocast: str | None = 'bfloat16',
        advice: str = 'Make them by tools/model_converters/dinov2_encoder.py, or name those you '
        'have in `model.tokens.checkpoint` (docs/distillation.md).',
    ) -> None:
        super().__init__()
        if min(cell, window) < 1:
            raise ValueError(f'cell and window must be positive, not {cell} and {window}')
        self.checkpoint = checkpoint
        self.digest = digest
        self.cell = cell
        self.window = window
        self.mean = tuple(mean)
        self.std = tuple(std)
        self.autocast = autocast
        self.advice = advice
        indices = [block - 1 for block in blocks]
        options = dict(out_type='featmap', final_norm=False, out_indices=indices)
        network = MODELS.build({**backbone, **options})
        last = len(network.layers)
        if (
            indices != sorted(set(indices))
            or not indices
            or not 0 <= indices[0] <= indices[-1] < last
        ):
            raise ValueError(f'blocks must be ascending numbers of 1 to {last}, not {blocks!r}')
        network.layers = network.layers[: blocks[-1]]
        self.width = len(blocks) * network.embed_dims
        network.requires_grad_(False)
        network.eval()  # which returns nothing in mmpretrain
        self._hidden: tuple[nn.Module] = (network,)
        self._has_weights = False
        self._settings = [dict(backbone), list(blocks), cell, window, list(mean), list(std)]

    def __deepcopy__(self, memo: dict[int, Any]) -> 'TokenEncoder':
        return self

    @property
    def fingerprint(self) -> str:
        """What decides the tokens of an image, as 16 digits: weights and settings.

        Without the weights it can be told if the config names their digest.
        """
        digest = self.digest or weights_digest(self._read())
        text = json.dumps([digest, self._settings], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _read(self) -> dict[str, Tensor]:
        """Read the weights.

        Raises:
            FileNotFoundError: If they are missing; says how to make them.
            ValueError: If they are others than the config names.
        """
        try:
            file = find_project_file(self.checkpoint, "the frozen transformer's weights")
        except FileNotFoundError as error:
            raise FileNotFoundError(f'{error}. {self.advice}') from None
        content = CheckpointLoader.load_checkpoint(str(file), 'cpu', logger='silent')
        state = content.get('state_dict', content)
        digest = weights_digest(state)
        if self.digest not in (None, digest):
            raise ValueError(
                f'"{file}" holds other weights (digest {digest}) than the config names '
                f'({self.digest}). {self.advice} To use these: model.tokens.digest={digest}'
            )
        return state

    def _network(self) -> nn.Module:
        """The transformer with its weights.

        Raises:
            ValueError: If the weights do not fit.
        """
        (network,) = self._hidden
        if not self._has_weights:
            state, own = self._read(), network.state_dict()
            wrong = [key for key in own if key not in state or state[key].shape != own[key].shape]
            if wrong:
                raise ValueError(
                    f'"{self.checkpoint}" does not fit the frozen transformer of the config: '
                    f'{len(wrong)} of {len(own)} entries differ, such as {wrong[:2]}'
                )
            network.load_state_dict({key: state[key] for key in own})
            self._has_weights = True
        return network

    @torch.no_grad()
    def forward(self, grey: Tensor) -> Tensor:
        """Encode images.

        Args:
            grey (Tensor): Grey levels of 0..255, (N, 1, H, W).

        Returns:
            Tensor: (N, width, h, w) with a token for each ``cell`` pixels, the last ones partly of
            the mirrored border.
        """
        network = self._network().to(grey.device)
        height, width = (-(-side // self.cell) for side in grey.shape[2:])
        missing = (0, width * self.cell - grey.size(3), 0, height * self.cell - grey.size(2))
        image = F.pad(grey.float(), missing, mode='reflect')
        out = image.new_zeros(len(grey), self.width, height, width)
        for top in window_starts(height, self.window):
            for left in window_starts(width, self.window):
                rows = slice(top * self.cell, (top + self.window) * self.cell)
                columns = slice(left * self.cell, (left + self.window) * self.cell)
                tokens = self._encode(network, image[..., rows, columns])
                bottom, right = top + tokens.size(2), left + tokens.size(3)
                out[..., top:bottom, left:right] = tokens
        return out

    def _encode(self, network: nn.Module, window: Tensor) -> Tensor:
        """Tokens of one window of each image."""
        patch = network.patch_embed.projection.kernel_size[0]
        size = [side // self.cell * patch for side in window.shape[2:]]
        window = F.interpolate(window, size, mode='bilinear', align_corners=False)
        mean, std = (window.new_tensor(v).view(1, -1, 1, 1) for v in (self.mean, self.std))
        with contextlib.ExitStack() as precision:
            if self.autocast:
                dtype = getattr(torch, self.autocast)
                precision.enter_context(mixed_precision(window.device.type, dtype))
            maps = network((window - mean) / std)
        return torch.cat([_normalised(tokens.float()) for tokens in maps], 1)


def _normalised(tokens: Tensor) -> Tensor:
    """Each token of (N, C, h, w) with mean 0 and variance 1."""
    return F.layer_norm(tokens.movedim(1, -1), tokens.shape[1:2]).movedim(-1, 1)
