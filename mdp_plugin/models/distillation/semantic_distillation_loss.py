"""Semantic distillation: a sub-network on self-attention between teacher and student."""

import math

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F


def _attend(query: Tensor, key: Tensor, value: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Self-attention of several heads.

    Args:
        query (Tensor): (N, M, L, d).
        key (Tensor): (N, M, L, d).
        value (Tensor): (N, M, L, d).
        temperature (float): Softens the attention.

    Returns:
        tuple[Tensor, Tensor]: Logarithm of the attention (N, M, L, L), its rows sum to one after
        the exponential, and the values after attention (N, L, M * d).
    """
    scale = 1 / (temperature * math.sqrt(query.size(-1)))
    log_attention = torch.log_softmax(query @ key.transpose(-2, -1) * scale, dim=-1)
    return log_attention, (log_attention.exp() @ value).transpose(1, 2).flatten(2)


def semantic_distillation_loss(
    student: tuple[Tensor, Tensor, Tensor],
    teacher: tuple[Tensor, Tensor, Tensor],
    temperature: float = 1.0,
) -> tuple[Tensor, Tensor]:
    r"""Relations between positions, and semantic features, after self-attention.

    With L tokens in M heads of width d, queries Q, keys K and values V, s the student and t the
    teacher:

    .. math::
        A &= \mathrm{softmax}\big(Q K^\top / (T \sqrt d)\big), \qquad O = A V \\
        L_\mathrm{rel} &= \frac{T^2}{N M L} \sum_{n, m, i} \mathrm{KL}(A^t_{nmi} \| A^s_{nmi}) \\
        L_\mathrm{sem} &= \frac{1}{N L M d} \sum_{n, i} \big\| \mathrm{LN}(O^s_{ni}) -
        \mathrm{LN}(O^t_{ni}) \big\|_2^2

    LN normalises a token to mean 0 and variance 1. Both are zero for equal tokens.

    Args:
        student (tuple[Tensor, Tensor, Tensor]): Q, K, V of the student, each (N, M, L, d).
        teacher (tuple[Tensor, Tensor, Tensor]): Q, K, V of the teacher, each (N, M, L, d).
        temperature (float): T. Defaults to 1.0.

    Returns:
        tuple[Tensor, Tensor]: :math:`L_\mathrm{rel}` and :math:`L_\mathrm{sem}`, scalars.
    """
    log_student, out_student = _attend(*student, temperature)
    log_teacher, out_teacher = _attend(*teacher, temperature)
    rows = log_student[..., 0].numel()
    relation = F.kl_div(log_student, log_teacher, log_target=True, reduction='sum') / rows
    width = out_student.shape[-1:]
    semantic = F.mse_loss(F.layer_norm(out_student, width), F.layer_norm(out_teacher, width))
    return temperature**2 * relation, semantic


@MODELS.register_module()
class SemanticDistillationLoss(BaseModule):
    r"""Self-attention of the student imitates the self-attention of the teacher.

    The maps of both are averaged to one grid, whose cells are the tokens :math:`X^s, X^t`. The
    student's are projected to the teacher's width, the teacher's are taken as they are:

    .. math::
        Q^s, K^s, V^s = W_q \mathrm{LN}(X^s), W_k \mathrm{LN}(X^s), W_v \mathrm{LN}(X^s)
        \qquad Q^t = K^t = V^t = \mathrm{LN}(X^t)

    and the losses are those of :func:`semantic_distillation_loss`, weighted and added. The
    abstract of MDPNet fixes that semantics pass from a transformer through a sub-network built on
    self-attention, in training only. Tokens, projections and losses are this project's. The
    teacher's side has no parameters: a learned one could make both sides agree on a constant.

    Args:
        student_channels (int): Channels of the student's map.
        teacher_channels (int): Channels of the teacher's map, the width of the tokens.
        num_heads (int): Heads M; they divide ``teacher_channels``. Defaults to 4.
        grid (int): Largest number of cells in height and in width. Defaults to 16.
        temperature (float): T. Defaults to 1.0.
        relation_weight (float): Weight of :math:`L_\mathrm{rel}`. Defaults to 1.0.
        semantic_weight (float): Weight of :math:`L_\mathrm{sem}`. Defaults to 1.0.

    Raises:
        ValueError: If the heads do not divide the teacher's width.
    """

    def __init__(
        self,
        student_channels: int,
        teacher_channels: int,
        num_heads: int = 4,
        grid: int = 16,
        temperature: float = 1.0,
        relation_weight: float = 1.0,
        semantic_weight: float = 1.0,
    ) -> None:
        super().__init__(dict(type='Xavier', layer='Linear', distribution='uniform'))
        if teacher_channels % num_heads:
            raise ValueError(
                f'{num_heads} heads do not divide the {teacher_channels} channels of the teacher; '
                'change num_heads'
            )
        self.num_heads = num_heads
        self.grid = grid
        self.temperature = temperature
        self.relation_weight = relation_weight
        self.semantic_weight = semantic_weight
        self.query = nn.Linear(student_channels, teacher_channels)
        # A bias of the keys would move all scores of a query alike, which the softmax cancels.
        self.key = nn.Linear(student_channels, teacher_channels, bias=False)
        self.value = nn.Linear(student_channels, teacher_channels)

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Compare feature maps.

        Args:
            student (Tensor): (N, student_channels, H, W).
            teacher (Tensor): (N, teacher_channels, H', W').

        Returns:
            Tensor: Scalar.
        """
        sizes = zip(student.shape[2:], teacher.shape[2:], strict=True)
        size = tuple(min(self.grid, *both) for both in sizes)
        # Half precision cannot hold the sums of the attention.
        with torch.autocast(student.device.type, enabled=False):
            tokens = [
                F.adaptive_avg_pool2d(feat.float(), size).flatten(2).transpose(1, 2)
                for feat in (student, teacher)
            ]
            ours, theirs = (F.layer_norm(token, token.shape[-1:]) for token in tokens)
            layers = (self.query, self.key, self.value)
            relation, semantic = semantic_distillation_loss(
                tuple(self._split(layer(ours)) for layer in layers),
                (self._split(theirs),) * 3,
                self.temperature,
            )
        return self.relation_weight * relation + self.semantic_weight * semantic

    def _split(self, tokens: Tensor) -> Tensor:
        """(N, L, M * d) to (N, M, L, d)."""
        return tokens.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
