"""How the weight of a distillation loss changes in the course of a training."""

import math


class WeightSchedule:
    r"""Linear warm-up, a plateau, decay by a cosine.

    With the progress :math:`p \in [0, 1]`, the warm-up's end w, the decay's beginning d and the
    final value f, the factor of the weight is

    .. math::
        \lambda(p) = \begin{cases} p / w & p < w \\ 1 & w \le p \le d \\
        f + (1 - f) \frac{1}{2} \big(1 + \cos \pi \frac{p - d}{1 - d}\big) & p > d \end{cases}

    Args:
        warmup (float): Share of the training after which the weight is full. Defaults to 0: from
            the start.
        decay_start (float): Share after which it decays. Defaults to 1: never.
        final (float): Factor at the end of the decay. Defaults to 0.

    Raises:
        ValueError: Unless 0 <= warmup <= decay_start <= 1 and final is not negative.
    """

    def __init__(self, warmup: float = 0.0, decay_start: float = 1.0, final: float = 0.0) -> None:
        if not 0 <= warmup <= decay_start <= 1 or final < 0:
            raise ValueError(
                'a schedule needs 0 <= warmup <= decay_start <= 1 and final >= 0, got '
                f'warmup={warmup!r}, decay_start={decay_start!r}, final={final!r}'
            )
        self.warmup = warmup
        self.decay_start = decay_start
        self.final = final

    @property
    def is_constant(self) -> bool:
        """Whether the weight never changes."""
        return self.warmup == 0 and self.decay_start == 1

    def __call__(self, progress: float) -> float:
        """Factor of the weight.

        Args:
            progress (float): Share of the training that is done, 0 to 1.

        Returns:
            float: The factor.
        """
        if progress < self.warmup:
            return progress / self.warmup
        if progress <= self.decay_start:
            return 1.0
        done = (progress - self.decay_start) / (1 - self.decay_start)
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * done))
