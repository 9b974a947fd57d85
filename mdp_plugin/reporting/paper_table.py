"""The table of a paper: cost and figures of detectors, with a caption that states the protocol."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..evaluation.protocol import Protocol
from ..wording import counted
from .costs import Cost
from .scoring import Scores
from .tables import csv_table, latex_tabular, latex_text, markdown_table


class Column(NamedTuple):
    """A column of the table.

    Attributes:
        name (str): Name of the figure.
        unit (str): Its unit in plain text.
        latex (str): Its unit in LaTeX.
        digits (int): Decimals.
        factor (float): What the value is divided by.
        lowest (bool): Whether the lowest value is the best one.
    """

    name: str
    unit: str
    latex: str
    digits: int = 2
    factor: float = 1
    lowest: bool = False


COLUMNS = (
    Column('Params', 'M', 'M', 3, 1e6, True),
    Column('MACs', 'G', 'G', 3, 1e9, True),
    Column('IoU', '%', r'\%'),
    Column('nIoU', '%', r'\%'),
    Column('F1', '%', r'\%'),
    Column('Pd', '%', r'\%'),
    Column('Fa', '1e-6', r'$10^{-6}$', lowest=True),
)
#: What stands where a figure is not known, or has no meaning.
UNKNOWN = '–'


class PaperTable(NamedTuple):
    """A table that is not yet written.

    Attributes:
        rows (list[list[str]]): Name and cells of each detector.
        bold (set[tuple[int, int]]): Row and column of the best cells.
        caption (str): What the figures are, in plain text.
    """

    rows: list[list[str]]
    bold: set[tuple[int, int]]
    caption: str

    def text(self, kind: str) -> str:
        """Write the table as 'tex', 'md' or 'csv'; CSV has no caption."""
        if kind == 'csv':
            return csv_table(['Method', *(f'{c.name} ({c.unit})' for c in COLUMNS)], self.rows)
        if kind == 'md':
            heads = ['Method', *(f'{c.name} ({c.unit})' for c in COLUMNS)]
            return f'{markdown_table(heads, self.rows, self.bold)}\n{self.caption}\n'
        heads = ['Method', *(f'{c.name} ({c.latex})' for c in COLUMNS)]
        return '\n'.join(
            [
                '% needs \\usepackage{booktabs}',
                r'\begin{table}',
                r'\centering',
                rf'\caption{{{latex_text(self.caption)}}}',
                latex_tabular(heads, self.rows, self.bold) + r'\end{table}',
                '',
            ]
        )


def paper_table(
    scores: Sequence[Scores],
    costs: Mapping[str, Cost],
    data: str,
    *,
    threshold: float,
    protocol: str = 'original size',
) -> PaperTable:
    """Make the table.

    Args:
        scores (Sequence[Scores]): The detectors.
        costs (Mapping[str, Cost]): What they need, by name.
        data (str): Name of the data set.
        threshold (float): Probability above which a pixel is predicted.
        protocol (str): Which of the scores' protocols. Defaults to 'original size'.

    Returns:
        PaperTable: The table; of each column the best cells as they are printed are bold.
    """
    rows, bold = [], set()
    for score in scores:
        cost = costs.get(score.name, Cost())
        values = {**score.figures[protocol], 'Params': cost.parameters, 'MACs': cost.macs}
        rows.append([score.name, *(_cell(values[column.name], column) for column in COLUMNS)])
    for place, column in enumerate(COLUMNS, 1):
        known = [float(row[place]) for row in rows if row[place] != UNKNOWN]
        if len(known) > 1:
            best = min(known) if column.lowest else max(known)
            bold |= {
                (index, place)
                for index, row in enumerate(rows)
                if row[place] != UNKNOWN and float(row[place]) == best
            }
    figures = scores[0].figures[protocol]
    return PaperTable(rows, bold, _caption(figures, costs, data, threshold, protocol))


def _cell(value: float | None, column: Column) -> str:
    """A value in the column's unit and decimals."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f'{value / column.factor:.{column.digits}f}'


def _caption(
    figures: Mapping[str, float],
    costs: Mapping[str, Cost],
    data: str,
    threshold: float,
    protocol: str,
) -> str:
    """Data, protocol and units in words."""
    rule = Protocol(threshold=threshold)
    numbers = [counted(figures[f'num_{noun}s'], noun) for noun in ('image', 'target')]
    where = f'{data} ({", ".join(numbers)})'
    size = 'at original size' if protocol == 'original size' else f'resized to {protocol}'
    sentences = [
        f'Results on {where}, scored {size}.',
        f'A pixel is predicted where its probability exceeds {threshold:g}; a target is detected '
        f'by an {rule.connectivity}-connected component whose centroid lies less than '
        f'{rule.distance_thr:g} pixels from its own, one to one, nearest pair first.',
        'IoU, F1 and Fa are of all pixels of the set, nIoU is the mean of the images; Fa counts '
        'the pixels of components that detect nothing.',
    ]
    sizes = {name: cost.size for name, cost in costs.items() if cost.macs and cost.size}
    if sizes:
        text = ', '.join(
            f'{height}×{width}'
            + ('' if len(set(sizes.values())) == 1 else f' ({", ".join(names)})')
            for (height, width), names in _by_size(sizes).items()
        )
        sentences.append(f'MACs are of one frame of {text}.')
    stated = [name for name, cost in costs.items() if cost.macs and not cost.size]
    if stated:
        sentences.append(f'Costs of {", ".join(stated)} as stated.')
    return ' '.join([*sentences, 'Best in bold.'])


def _by_size(sizes: Mapping[str, tuple[int, int]]) -> dict[tuple[int, int], list[str]]:
    """Names by size."""
    grouped: dict[tuple[int, int], list[str]] = {}
    for name, size in sizes.items():
        grouped.setdefault(size, []).append(name)
    return grouped
