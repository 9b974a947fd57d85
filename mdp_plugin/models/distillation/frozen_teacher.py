"""A trained segmentor that is asked and never trained."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmseg.registry import MODELS
from mmseg.utils import OptSampleList
from torch import Tensor, nn

from ...host.strict_loading import load_weights
from ...precision import mixed_precision
from ...project_files import find_project_file
from .target_log_odds import target_log_odds


@MODELS.register_module()
class FrozenTeacher(nn.Module):
    """Any segmentor of the host, whole in eval mode, without gradients.

    Neither `train()` nor a copy changes it: dropout, stochastic depth and norms stay as in
    testing, and a copy of the student (a moving average, for example) shares this teacher.

    Args:
        config (str or dict): The teacher's config file, of which ``model`` is taken, or the
            config of the segmentor itself.
        checkpoint (str): Its weights: a path, absolute, relative to the working directory or to
            the project, or a web address.
        autocast (str, optional): Compute in this type, such as 'bfloat16', whatever the student
            computes in; on a CPU without instructions for bfloat16 it is float32. Defaults to None:
            as the student.
        student_preprocessor (nn.Module, optional): The student's data preprocessor. What it has
            normalised is converted to the teacher's mean, standard deviation and channels; a
            config without normalisation stands for grey levels of 0..255. Defaults to None: the
            teacher takes the images as they are.

    Raises:
        FileNotFoundError: If there is no such config or checkpoint.
        ValueError: If the weights do not fit the config, the channels of the images do not fit
            the teacher, or there is no such type.
    """

    def __init__(
        self,
        config: str | dict,
        checkpoint: str,
        autocast: str | None = None,
        student_preprocessor: nn.Module | None = None,
    ) -> None:
        super().__init__()
        if autocast not in (None, 'bfloat16', 'float16'):
            raise ValueError(f"autocast must be 'bfloat16', 'float16' or None, got {autocast!r}")
        self.autocast = autocast
        file = None
        if isinstance(config, str):
            file = find_project_file(config, "teacher's config")
            config = Config.fromfile(file).model
        self.segmentor = MODELS.build(config)
        self._load(checkpoint, file)
        self.segmentor.requires_grad_(False)
        # The same values up to rounding, and faster convolutions on a CPU.
        self.segmentor.to(memory_format=torch.channels_last)
        self._adopt_normalisation(student_preprocessor)
        super().train(False)

    def _load(self, checkpoint: str, config: Path | None) -> None:
        """Load weights, all of them."""
        advice = (
            'Train the teacher with `python tools/train.py configs/.../TEACHER.py`: its weights '
            'are work_dirs/TEACHER/TEACHER.pth then. Weights of another place are named in '
            '`model.teacher.checkpoint` (docs/distillation.md). An inference needs no teacher: use '
            "the student's plain config, or `model.active=[]`."
        )
        if not checkpoint:
            raise ValueError(f'a teacher without weights teaches noise. {advice}')
        if '://' not in checkpoint:
            try:
                checkpoint = str(find_project_file(checkpoint, "teacher's checkpoint"))
            except FileNotFoundError as error:
                raise FileNotFoundError(f'{error}. {advice}') from None
        try:
            # Weights of half precision become those of the model's precision.
            load_weights(self.segmentor, checkpoint, config)
        except ValueError as error:
            raise ValueError(
                f'the weights do not fit the teacher of the config: {error} {advice}'
            ) from error

    def _adopt_normalisation(self, student: nn.Module | None) -> None:
        """Find scale and shift from the student's normalised images to the teacher's."""
        # Without a student's preprocessor the images are as the teacher takes them.
        seen = None if student is None else _normalisation(student)
        own = None if student is None else _normalisation(self.segmentor.data_preprocessor)
        if seen and own and len(seen[0]) not in (1, len(own[0])):
            raise ValueError(
                f'the student sees images of {len(seen[0])} channels and the teacher of '
                f'{len(own[0])}; only grey images can be given to any teacher'
            )
        as_they_are = torch.zeros(1, 1, 1), torch.ones(1, 1, 1)
        (mean, std), (own_mean, own_std) = seen or as_they_are, own or as_they_are
        self.register_buffer('scale', std / own_std, persistent=False)
        self.register_buffer('shift', (mean - own_mean) / own_std, persistent=False)

    def train(self, mode: bool = True) -> 'FrozenTeacher':
        """Stay in eval mode, whatever is asked for."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> 'FrozenTeacher':
        return self

    @torch.no_grad()
    def extract_feat(self, inputs: Tensor) -> Sequence[Tensor]:
        """Run the teacher's backbone and neck, in the precision of the inputs.

        Args:
            inputs (Tensor): (N, C, H, W), as the student's preprocessor normalised them.

        Returns:
            Sequence[Tensor]: The feature maps of its stages.
        """
        return self.segmentor.extract_feat(inputs * self.scale + self.shift)

    def probe(self, inputs: Tensor) -> Sequence[Tensor]:
        """Maps of the shapes that :meth:`extract_feat` gives, without what a teacher is told.

        Args:
            inputs (Tensor): (N, C, H, W).

        Returns:
            Sequence[Tensor]: The feature maps of its stages.
        """
        with getattr(self.segmentor, 'untold', nullcontext)():
            return self.extract_feat(inputs)

    def _decode(self, inputs: Tensor, feats: Sequence[Tensor]) -> Tensor:
        """Run the decode head, or the heads of a cascade one after the other.

        The last head of a cascade, and any that returns several maps, knows by itself how to make
        one map of them, at the size of the images.

        Returns:
            Tensor: Logits (N, C, H', W').
        """
        heads = self.segmentor.decode_head
        metas = [dict(img_shape=inputs.shape[2:])] * len(inputs)
        if isinstance(heads, nn.ModuleList):
            out = heads[0](feats)
            for head in heads[1:-1]:
                out = head(feats, out)
            return heads[-1].predict(feats, out, metas, self.segmentor.test_cfg)
        out = heads(feats)
        if isinstance(out, Tensor):
            return out
        return heads.predict(feats, metas, self.segmentor.test_cfg)

    @torch.no_grad()
    def forward(
        self,
        inputs: Tensor,
        with_logits: bool = True,
        data_samples: OptSampleList = None,
    ) -> dict[int | str, Tensor]:
        """Run the teacher.

        Args:
            inputs (Tensor): (N, C, H, W), as the student's preprocessor normalised them.
            with_logits (bool): Whether to run the decode head, too. Defaults to True.
            data_samples (list[SegDataSample], optional): Those of the images, for a teacher that
                takes stored tokens from them. Defaults to None.

        Returns:
            dict[int | str, Tensor]: The feature maps by the index of their stage, and under
            'logits' the target's logits (N, 1, H', W').
        """
        precision = (
            nullcontext()
            if self.autocast is None
            else mixed_precision(inputs.device.type, getattr(torch, self.autocast))
        )
        told = getattr(self.segmentor, 'tokens_of', nullcontext)
        with precision, told(data_samples):
            feats = self.extract_feat(inputs)
            maps: dict[int | str, Tensor] = dict(enumerate(feats))
            if with_logits:
                maps['logits'] = target_log_odds(self._decode(inputs, feats))
        return maps


def _normalisation(preprocessor: nn.Module) -> tuple[Tensor, Tensor] | None:
    """Mean and standard deviation (C, 1, 1) of a data preprocessor that has them."""
    if getattr(preprocessor, '_enable_normalize', False):
        return preprocessor.mean, preprocessor.std
    return None
