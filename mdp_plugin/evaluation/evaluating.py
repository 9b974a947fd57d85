"""Scoring predictions against truths, without a runner."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .counts import Counts
from .figures import Curves, Figures, errors_table, figures_table
from .functional import Errors
from .protocol import DEFAULT_PROTOCOL, Protocol
from .scored_images import Images, Predict, ScoredImages


@dataclass(frozen=True)
class Evaluation:
    """What came of scoring a set of images; printed, it is a table.

    Attributes:
        protocol (Protocol): How they were scored.
        figures (Figures): The figures of the set.
        errors (Errors): Of which kinds the errors are.
        curves (Curves | None): What other thresholds do; None if the protocol has none.
        images (list[Counts]): The counts of each image.
    """

    protocol: Protocol
    figures: Figures
    errors: Errors
    curves: Curves | None
    images: list[Counts]

    def to_dict(self) -> dict[str, Any]:
        """The content as plain values, for JSON; an undefined figure is NaN."""
        return {
            'figures': self.figures.to_dict(),
            'errors': self.errors._asdict(),
            'protocol': self.protocol.to_dict(),
            'curves': self.curves and self.curves.to_dict(),
            'images': [counts.to_dict() for counts in self.images],
        }

    def __str__(self) -> str:
        tables = figures_table(self.figures.to_dict(), self.protocol), errors_table(self.errors)
        return '\n'.join(tables)


def evaluate(
    predictions: Images | Predict | Any,
    truths: Images,
    *,
    images: Images | None = None,
    names: str | Path | Sequence[str] | None = None,
    protocol: Protocol = DEFAULT_PROTOCOL,
) -> Evaluation:
    """Score predictions of any program, or a detector, against true masks.

    It warns of truths without a prediction and of masks that were resized.

    Args:
        predictions (str | Path | Sequence[np.ndarray] | TargetDetector | Callable): A folder of
            masks or probabilities, probability maps (H, W), or with ``images`` a detector, see
            :class:`~mdp_plugin.evaluation.scored_images.ScoredImages`.
        truths (str | Path | Sequence[np.ndarray]): A folder of true masks, or the masks.
        images (str | Path | Sequence[np.ndarray], optional): Images for a detector. Defaults to
            None.
        names (str | Path | Sequence[str], optional): Names of the files to score, or a text file
            that lists them. Defaults to None: all.
        protocol (Protocol): How they are scored. Defaults to the field's protocol.

    Returns:
        Evaluation: Figures, curves and counts.

    Raises:
        OSError: If a folder or a file cannot be read.
        TypeError: If a prediction, a truth or their combination is of a wrong type.
        ValueError: If predictions and truths do not belong together, or hold wrong values.

    Examples:
        >>> evaluate('masks/', 'true_masks/').figures.nIoU
        >>> evaluate(TargetDetector('mdpnet'), 'true_masks/', images='frames/').figures.Pd
    """
    with opened(predictions, truths, images, names, protocol) as scored:
        return evaluate_pairs(scored, protocol)


@contextmanager
def opened(
    predictions: Images | Predict | Any,
    truths: Images,
    images: Images | None,
    names: str | Path | Sequence[str] | None,
    protocol: Protocol,
) -> Iterator[ScoredImages]:
    """Open what is scored, and warn at the end of what a reader of the figures should know.

    The arguments are those of :func:`evaluate`.

    Yields:
        ScoredImages: The pairs.
    """
    scored = ScoredImages(
        predictions, truths, images=images, names=names, fit_masks=protocol.eval_size is None
    )
    yield scored
    for remark in scored.remarks():
        warnings.warn(remark, stacklevel=4)  # of the caller of the function with the `with`


def evaluate_pairs(
    pairs: Iterable[tuple[str, np.ndarray, np.ndarray]], protocol: Protocol = DEFAULT_PROTOCOL
) -> Evaluation:
    """Score probabilities with their truths.

    Args:
        pairs (Iterable[tuple[str, np.ndarray, np.ndarray]]): Name, probability (H, W) and truth
            (H, W) of each image.
        protocol (Protocol): How they are scored. Defaults to the field's protocol.

    Returns:
        Evaluation: Figures, curves and counts.

    Raises:
        TypeError: See :meth:`~mdp_plugin.evaluation.protocol.Protocol.count`.
        ValueError: Likewise.
    """
    counts = [protocol.count(probability, truth, name) for name, probability, truth in pairs]
    has_curves = bool(counts) and protocol.thresholds is not None
    curves = protocol.curves(counts) if has_curves else None
    figures, errors = protocol.figures(counts), protocol.errors(counts)
    return Evaluation(protocol, figures, errors, curves, counts)
