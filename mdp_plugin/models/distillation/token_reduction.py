"""Fewer channels for tokens, fixed before anything is trained."""

import hashlib

import torch
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

from ...project_files import find_project_file


class TokenReduction(nn.Module):
    r"""The first principal components of tokens.

    .. math::
        r = V^\top (t - \bar t)

    with the eigenvectors V of the largest eigenvalues of the covariance of training tokens. A
    random matrix of as many columns needs no fit, but loses more of what tells targets: see
    docs/distillation.md. The values are those that float16 knows, and stay the same in a checkpoint
    of half precision.

    Args:
        width (int): Channels of the tokens.
        channels (int): Channels that remain.
    """

    mean: Tensor
    axes: Tensor

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.register_buffer('mean', torch.zeros(width))
        self.register_buffer('axes', torch.zeros(channels, width))

    @property
    def channels(self) -> int:
        """Channels that remain."""
        return len(self.axes)

    @property
    def fingerprint(self) -> str:
        """16 digits that say which reduction it is."""
        values = torch.cat([self.mean[None], self.axes]).half().cpu().numpy()
        return hashlib.sha256(values.tobytes()).hexdigest()[:16]

    def fit(self, tokens: Tensor) -> float:
        """Find the components.

        Args:
            tokens (Tensor): Of training images, (number, width).

        Returns:
            float: Share of the variance that is kept.

        Raises:
            ValueError: If there are fewer tokens than channels remain.
        """
        if len(tokens) <= self.channels:
            raise ValueError(f'{len(tokens)} tokens are too few for {self.channels} components')
        tokens = tokens.double()
        mean = tokens.mean(0)
        values, vectors = torch.linalg.eigh((tokens - mean).T @ (tokens - mean))
        axes = vectors.T.flip(0)[: self.channels]
        # A sign of its own for each: the largest entry is positive.
        axes = axes * axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()
        self.mean.copy_(mean.half())
        self.axes.copy_(axes.half())
        return float(values[-self.channels :].sum() / values.sum())

    def read(self, path: str, advice: str) -> None:
        """Take the values from a file.

        Args:
            path (str): As ``torch.save`` wrote the state.
            advice (str): What to do where it is missing.

        Raises:
            FileNotFoundError: If it is missing.
            ValueError: If it is of other tokens.
        """
        try:
            file = find_project_file(path, 'the reduction of the tokens')
        except FileNotFoundError as error:
            raise FileNotFoundError(f'{error}. {advice}') from None
        state = CheckpointLoader.load_checkpoint(str(file), 'cpu', logger='silent')
        try:
            self.load_state_dict(state)
        except RuntimeError as error:
            raise ValueError(f'"{file}" is of other tokens than the config: {error}') from None

    def forward(self, tokens: Tensor) -> Tensor:
        """Reduce tokens (N, width, h, w) to (N, channels, h, w), rounded as in a file of them."""
        centred = tokens.movedim(1, -1) - self.mean
        return (centred @ self.axes.T).movedim(-1, 1).half().float()
