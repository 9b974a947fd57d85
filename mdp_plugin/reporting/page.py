"""The report as one HTML file that needs nothing beside it, and its tables as CSV and LaTeX."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..html_templates import html_template
from ..imaging.drawing import FALSE_INK, MISS_INK
from ..version import __version__
from .curve_plots import plot_curves
from .plots import (
    plot_errors,
    plot_groups,
    plot_mistake,
    plot_mistakes,
    plot_reliability,
    plot_surfaces,
)
from .scoring import Scores
from .tables import csv_table, latex_tabular, latex_text

#: Figures of the table, with their headings.
COLUMNS = {
    'IoU': 'IoU (%)', 'nIoU': 'nIoU (%)', 'F1': 'F1 (%)', 'Pd': 'Pd (%)', 'Fa': 'Fa (1e-6)',
    'hIoU': 'hIoU (%)', 'AUC': 'AUC', 'num_detected': 'found', 'num_targets': 'of',
    'num_false': 'false targets', 'FPPI': 'a frame',
}  # fmt: skip
#: Mistakes of one detector that are shown.
SHOWN = 120

#: Colour of each kind of mistake in the galleries.
INKS = {'missed': MISS_INK, 'false': FALSE_INK}


def _embed(figure: Figure, dpi: int = 110) -> str:
    """A plot as an address that holds it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png', dpi=dpi)
    plt.close(figure)
    return f'data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}'


def table_rows(scores: Sequence[Scores]) -> list[list[str]]:
    """Rows of the metric table, without its head: detector, protocol, :data:`COLUMNS`."""
    rows = []
    for score in scores:
        for protocol, figures in score.figures.items():
            cells = []
            for key in COLUMNS:
                digits = 0 if key.startswith('num_') else 4 if key in ('AUC', 'FPPI') else 2
                cells.append(f'{figures[key]:.{digits}f}')
            rows.append([score.name, protocol, *cells])
    return rows


def write_tables(scores: Sequence[Scores], csv_file: Path, tex_file: Path) -> None:
    """Write the metric table for programs and for papers.

    Args:
        scores (Sequence[Scores]): The detectors.
        csv_file (Path): CSV to write.
        tex_file (Path): LaTeX to write, a `tabular` with the rules of booktabs.
    """
    rows = table_rows(scores)
    csv_file.write_text(csv_table(['detector', 'scored at', *COLUMNS], rows), encoding='utf-8')
    heads = [latex_text(head) for head in ('detector', 'scored at', *COLUMNS.values())]
    tex_file.write_text(latex_tabular(heads, rows, words=2), encoding='utf-8')


def write_pictures(scores: Sequence[Scores], threshold: float, folder: Path) -> list[Path]:
    """Write the curves, and each detector's sheet of misses and false alarms, as PNG.

    Args:
        scores (Sequence[Scores]): The detectors.
        threshold (float): The threshold of all decisions.
        folder (Path): Where to; made if it is not there.

    Returns:
        list[Path]: 'curves.png' and a 'mistakes-<detector>.png' for each detector.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = {'curves.png': plot_curves(scores)}
    for score in scores:
        figures[f'mistakes-{score.name}.png'] = plot_mistakes(score, threshold)
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=90)
        plt.close(figure)
    return [folder / name for name in figures]


def _gallery(score: Scores, threshold: float) -> dict[str, Any]:
    """Every miss and false alarm of a detector, for the template."""
    mistakes = []
    for mistake in [*score.missed, *score.false][:SHOWN]:
        row, column = mistake.centre
        mistakes.append(
            {
                'kind': mistake.kind,
                'picture': _embed(plot_mistake(mistake, threshold), dpi=80),
                'image': mistake.image,
                'place': f'({column:.0f}, {row:.0f})',
            }
        )
    return {'summary': score.summary, 'mistakes': mistakes, 'number': len(score.mistakes)}


def write_page(
    scores: Sequence[Scores],
    surfaces: Sequence[tuple[str, np.ndarray, dict[str, np.ndarray]]],
    title: str,
    threshold: float,
    out: Path,
) -> None:
    """Write the report.

    Args:
        scores (Sequence[Scores]): The detectors.
        surfaces (Sequence[tuple]): Images as :func:`~mdp_plugin.reporting.plots.plot_surfaces`
            takes them.
        title (str): Heading, such as the name of the data set.
        threshold (float): The threshold of all decisions.
        out (Path): HTML file to write.
    """
    page = html_template('reporting/page.html').render(
        title=title,
        inks=INKS,
        num_images=int(scores[0].figures['original size']['num_images']),
        threshold=f'{threshold:g}',
        heads=['detector', 'scored at', *COLUMNS.values()],
        rows=table_rows(scores),
        curves=_embed(plot_curves(scores)),
        errors=_embed(plot_errors(scores)),
        groups=_embed(plot_groups(scores)),
        reliability=_embed(plot_reliability(scores)),
        surfaces=[_embed(plot_surfaces(*surface)) for surface in surfaces],
        galleries=[_gallery(score, threshold) for score in scores],
        version=__version__,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding='utf-8')
