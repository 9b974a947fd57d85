"""A student's own network that is also told what a frozen transformer sees: a teacher."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.runner import CheckpointLoader
from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor, nn

from ...host.strict_loading import fit_weights
from ...imaging.token_grid import STRIDE, pixel_places, sample_tokens, view_places
from ...project_files import find_project_file
from ..distillation import TokenEncoder, TokenReduction

#: What makes tokens and their reduction.
CACHE_ADVICE = 'Make it by `python tools/cache_tokens.py CONFIG` (docs/distillation.md)'


@MODELS.register_module()
class TokenGuidedEncoderDecoder(EncoderDecoder):
    """``EncoderDecoder`` whose deep maps are scaled and shifted by a frozen transformer's tokens.

    Backbone and head are those of any config, under their own keys. Beside them only
    ``guidance`` is trained; the transformer is no part of the module tree and of no checkpoint.
    Before training it computes what the student does.

    Tokens come with the data samples, where the step ``LoadTokens`` put them there, or are made of
    the images that the network is given. The latter is exact and slow.

    Args:
        tokens (dict): Config of the :class:`~mdp_plugin.models.distillation.TokenEncoder`.
        reduction (dict): ``channels`` that remain of the tokens, and ``file``, which
            ``tools/cache_tokens.py`` writes and a training starts from; checkpoints hold it.
        guidance (dict): Arguments of :class:`~mdp_plugin.models.layers.TokenGuidance`; channels
            are found.
        stages (Sequence[int]): Which of the backbone's maps are changed. Defaults to (-2, -1), for
            MDPNet those at 1/8 and 1/16.
        student (str, optional): Weights of the student that a training starts from: a checkpoint of
            the same backbone and head. Defaults to None: from scratch, or ``load_from``.
        frozen (bool): Keep the student as it is and train ``guidance`` alone. Defaults to False.
        **kwargs: Passed on to :class:`mmseg.models.segmentors.EncoderDecoder`.

    Raises:
        ValueError: If tokens were made by another encoder than ``tokens``, or are of another size.
    """

    def __init__(
        self,
        tokens: dict,
        reduction: dict,
        guidance: dict | None = None,
        stages: Sequence[int] = (-2, -1),
        student: str | None = None,
        frozen: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # Inside a tuple it is hidden from the module tree.
        self._hidden: tuple[TokenEncoder] = (MODELS.build(tokens),)
        self.stages = tuple(stages)
        self.student = student
        self.frozen = frozen
        self._given: Tensor | None = None
        self._told = True
        self.reduction_path = Path(reduction['file'])
        self.reduction = TokenReduction(self.encoder.width, reduction['channels'])
        self.guidance = MODELS.build(
            dict(
                type='TokenGuidance',
                in_channels=self.reduction.channels,
                stage_channels=self._stage_channels(),
                **(guidance or {}),
            )
        )
        if frozen:
            self._student_parts.requires_grad_(False)

    @property
    def encoder(self) -> TokenEncoder:
        """What makes tokens of images."""
        return self._hidden[0]

    @property
    def fingerprint(self) -> str:
        """What decides the tokens of an image: the encoder and the reduction."""
        return f'{self.encoder.fingerprint}-{self.reduction.fingerprint}'

    def encode(self, grey: Tensor) -> Tensor:
        """Make tokens of images.

        Args:
            grey (Tensor): Grey levels of 0..255, (N, 1, H, W).

        Returns:
            Tensor: (N, channels, h, w), one for each ``cell`` pixels.
        """
        # As precisely as those that are stored, whatever a training computes in.
        with torch.autocast(grey.device.type, enabled=False):
            return self.reduction(self.encoder(grey))

    @property
    def _student_parts(self) -> nn.ModuleDict:
        """Backbone and head, under the keys that they have in a checkpoint of the student."""
        return nn.ModuleDict(dict(backbone=self.backbone, decode_head=self.decode_head))

    @torch.no_grad()
    def _stage_channels(self) -> list[int]:
        """Ask the backbone for the channels of the maps, with one empty image."""
        channels = len(getattr(self.data_preprocessor, 'mean', [0]))
        training = self.backbone.training
        maps = self.backbone.eval()(torch.zeros(1, channels, 64, 64))
        self.backbone.train(training)
        return [maps[stage].size(1) for stage in self.stages]

    def init_weights(self) -> None:
        """Initialise, and read what a training starts from; the runner calls it before one."""
        super().init_weights()
        self.read_reduction()
        if self.student is not None:
            file = find_project_file(self.student, "the student's weights")
            content = CheckpointLoader.load_checkpoint(str(file), 'cpu', logger='silent')
            fit_weights(self._student_parts, content, weights=str(file))

    def read_reduction(self) -> None:
        """Take the reduction of the tokens from its file, as a training begins."""
        self.reduction.read(str(self.reduction_path), CACHE_ADVICE)

    def train(self, mode: bool = True) -> 'TokenGuidedEncoderDecoder':
        """Set the mode; a frozen student stays as in testing."""
        super().train(mode)
        if self.frozen:
            self._student_parts.eval()
        return self

    @contextmanager
    def tokens_of(self, data_samples: OptSampleList) -> Iterator[None]:
        """Let ``extract_feat`` take the tokens of data samples, where they have some.

        Args:
            data_samples (list[SegDataSample], optional): Those of the images.

        Yields:
            None: While it holds.
        """
        self._given = self._tokens_in(data_samples or [])
        try:
            yield
        finally:
            self._given = None

    @contextmanager
    def untold(self) -> Iterator[None]:
        """Let ``extract_feat`` give the student's maps, of the same shapes; needs no encoder."""
        self._told = False
        try:
            yield
        finally:
            self._told = True

    def _tokens_in(self, data_samples: SampleList) -> Tensor | None:
        found = [sample.metainfo.get('tokens') for sample in data_samples]
        if not found or any(tokens is None for tokens in found):
            return None
        makers = {tokens['encoder'] for tokens in found}
        if makers != {self.fingerprint}:
            raise ValueError(
                f'the stored tokens were made by another encoder ({", ".join(sorted(makers))}) '
                f'than that of the network ({self.fingerprint}). {CACHE_ADVICE}'
            )
        device = next(self.parameters()).device
        values = np.stack([tokens['values'] for tokens in found])
        return torch.from_numpy(values).to(device).float()

    def _tokens_for(self, inputs: Tensor) -> Tensor:
        """Tokens of the inputs (N, C, H, W) on the grid of the guidance."""
        size = tuple(-(-side // STRIDE) for side in inputs.shape[2:])
        if self._given is not None:
            if tuple(self._given.shape[2:]) != size:
                raise ValueError(
                    f'tokens of {tuple(self._given.shape[2:])} cells came with images of '
                    f'{tuple(inputs.shape[2:])} pixels, which have {size}: let LoadTokens wrap '
                    'every step that crops, turns or resizes'
                )
            return self._given
        seen = self.data_preprocessor
        grey = inputs.float()
        if getattr(seen, '_enable_normalize', False):
            grey = grey * seen.std + seen.mean
        maps = self.encode(grey.mean(1, keepdim=True)).permute(0, 2, 3, 1).cpu().numpy()
        view = view_places(pixel_places(inputs.shape[2:]))
        found = np.stack([sample_tokens(tokens, view, self.encoder.cell) for tokens in maps])
        return torch.from_numpy(found).to(inputs.device).float()

    def extract_feat(self, inputs: Tensor) -> list[Tensor]:
        """Run the backbone, and change the chosen maps.

        Args:
            inputs (Tensor): (N, C, H, W), preprocessed.

        Returns:
            list[Tensor]: The feature maps of its stages.
        """
        feats = list(super().extract_feat(inputs))
        if not self._told:
            return feats
        chosen = [feats[stage] for stage in self.stages]
        tokens = self._tokens_for(inputs)
        for stage, changed in zip(self.stages, self.guidance(tokens, chosen)):
            feats[stage] = changed
        return feats

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict[str, Tensor]:
        """As of ``EncoderDecoder``, with the samples' tokens."""
        with self.tokens_of(data_samples):
            return super().loss(inputs, data_samples)

    def predict(self, inputs: Tensor, data_samples: OptSampleList = None) -> SampleList:
        """As of ``EncoderDecoder``, with the samples' tokens, if the image is seen whole."""
        whole = self.test_cfg.get('mode', 'whole') == 'whole'
        with self.tokens_of(data_samples if whole else None):
            return super().predict(inputs, data_samples)
