"""The measures of a report's table: how a column is headed, and what it means."""

from collections.abc import Sequence
from typing import NamedTuple

from .scoring import Scores


class Measure(NamedTuple):
    """A column.

    Attributes:
        head (str): What stands over it.
        words (str): What it means, in a sentence or two.
        digits (int): Digits behind the point.
    """

    head: str
    words: str
    digits: int = 2


#: By names of :class:`~mdp_plugin.evaluation.figures.Figures`; docs/metrics.md has formulas.
MEASURES = {
    'IoU': Measure(
        'IoU (%)',
        'Intersection over union: pixels that are predicted and true, over those that are either. '
        'Of all images together, so large targets count most.',
    ),
    'nIoU': Measure(
        'nIoU (%)', 'Mean of the IoU of each image. An image without anything to find counts 100.'
    ),
    'F1': Measure('F1 (%)', 'Harmonic mean of the precision and the recall of pixels.'),
    'Pd': Measure('Pd (%)', 'Probability of detection: share of the targets that are found.'),
    'Fa': Measure(
        'Fa (1e-6)',
        'False alarms: pixels of predicted components that are no target, in a million pixels.',
    ),
    'hIoU': Measure(
        'hIoU (%)',
        'Hierarchical IoU: IoU of whole targets times the mean IoU of the pixels of those found.',
    ),
    'AUC': Measure(
        'AUC',
        'Area under the ROC curve of pixels: 1 is perfect, 0.5 is chance. Nearly all pixels are '
        'background, so good detectors differ little.',
        4,
    ),
    'num_detected': Measure('found', 'Number of targets that are found.', 0),
    'num_targets': Measure('of', 'Number of targets in the images.', 0),
    'num_false': Measure(
        'false targets', 'Number of predicted components that are no target.', 0
    ),
    'FPPI': Measure('a frame', 'False targets in a frame, on average.', 4),
}  # fmt: skip

#: Heads of the columns before the measures, and what they mean.
NAMES = {
    'detector': 'What is scored, as the command line calls it.',
    'scored at': 'Size at which image and mask are compared: their own, or the one to which both '
    'are resized, as many papers do.',
}


def table_rows(scores: Sequence[Scores]) -> list[list[str]]:
    """Rows of the metric table, without its head: detector, protocol, :data:`MEASURES`.

    A detector's protocols that give the same are one row: nobody has to look for a difference.
    """
    rows = []
    for score in scores:
        protocols: dict[tuple[str, ...], list[str]] = {}
        for protocol, figures in score.figures.items():
            cells = (f'{figures[key]:.{each.digits}f}' for key, each in MEASURES.items())
            protocols.setdefault(tuple(cells), []).append(protocol)
        rows += [[score.name, ', '.join(names), *cells] for cells, names in protocols.items()]
    return rows
