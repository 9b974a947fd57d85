"""The report as one HTML file that needs nothing beside it, and its tables as CSV and LaTeX."""

import base64
import io
import os
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..detection.written_files import whole_text, writing
from ..html_templates import html_template
from ..imaging.drawing import FALSE_INK, MISS_INK
from ..whole_files import open_whole
from ..wording import counted
from .curve_plots import plot_curves
from .measures import MEASURES, NAMES, table_rows
from .plots import (
    plot_errors,
    plot_groups,
    plot_mistake,
    plot_mistakes,
    plot_reliability,
    plot_surface,
)
from .scoring import Scores
from .tables import csv_table, latex_tabular, latex_text

if TYPE_CHECKING:
    from .building import Report

#: Mistakes of one detector that are shown.
SHOWN = 120

#: Colour of each kind of mistake in the galleries, on white and on dark grey.
INKS = {
    'missed': {'light': MISS_INK, 'dark': '#ff9494'},
    'false': {'light': FALSE_INK, 'dark': '#f2bd63'},
}


def _embed(figure: Figure, dpi: int = 110) -> str:
    """A plot as an address that holds it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png', dpi=dpi)
    plt.close(figure)
    return f'data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}'


def _plot(draw: Callable[..., Figure], scores: Sequence[Scores], what: str) -> dict[str, str]:
    """A plot in both forms, for the template."""
    return {
        'wide': _embed(draw(scores)),
        'narrow': _embed(draw(scores, narrow=True)),
        'alt': f'Of {", ".join(score.name for score in scores)}: {what}.',
    }


def _surfaces(
    name: str, grey: np.ndarray, probabilities: dict[str, np.ndarray]
) -> list[dict[str, str]]:
    """An image and what detectors make of it, for the template."""
    panels = [(plot_surface(name, grey, is_probability=False), f'{name} as a surface.')]
    panels += [
        (plot_surface(label, values, is_probability=True), f'{label}: probabilities of {name}.')
        for label, values in probabilities.items()
    ]
    return [{'picture': _embed(figure, dpi=80), 'alt': alt} for figure, alt in panels]


def write_tables(scores: Sequence[Scores], csv_file: Path, tex_file: Path) -> None:
    """Write the metric table for programs and for papers.

    Args:
        scores (Sequence[Scores]): The detectors.
        csv_file (Path): CSV to write.
        tex_file (Path): LaTeX to write, a `tabular` with the rules of booktabs.

    Raises:
        WriteError: If one cannot be written.
    """
    rows = table_rows(scores)
    with whole_text(csv_file) as file:
        file.write(csv_table(['detector', 'scored at', *MEASURES], rows))
    heads = [*NAMES, *(measure.head for measure in MEASURES.values())]
    with whole_text(tex_file) as file:
        file.write(latex_tabular([latex_text(head) for head in heads], rows, words=2))


def write_pictures(scores: Sequence[Scores], threshold: float, folder: Path) -> list[Path]:
    """Write the curves, and each detector's sheet of misses and false alarms, as PNG.

    Args:
        scores (Sequence[Scores]): The detectors.
        threshold (float): The threshold of all decisions.
        folder (Path): Where to; made if it is not there.

    Returns:
        list[Path]: 'curves.png' and a 'mistakes-<detector>.png' for each detector.

    Raises:
        WriteError: If one cannot be written.
    """
    figures = {'curves.png': plot_curves(scores)}
    for score in scores:
        figures[f'mistakes-{score.name}.png'] = plot_mistakes(score, threshold)
    for name, figure in figures.items():
        with writing(folder / name), open_whole(folder / name) as file:
            figure.savefig(file, format='png', dpi=90)
        plt.close(figure)
    return [folder / name for name in figures]


def _gallery(score: Scores, threshold: float) -> dict[str, Any]:
    """Every miss and false alarm of a detector, for the template."""
    mistakes = []
    for mistake in [*score.missed, *score.false][:SHOWN]:
        row, column = mistake.centre
        place = f'({column:.0f}, {row:.0f})'
        kind = 'target that is missed' if mistake.kind == 'missed' else 'false alarm'
        mistakes.append(
            {
                'kind': mistake.kind,
                'picture': _embed(plot_mistake(mistake, threshold), dpi=80),
                'alt': f'Image and probability around a {kind} in {mistake.image} at {place}.',
                'image': mistake.image,
                'place': place,
            }
        )
    return {'summary': score.summary, 'mistakes': mistakes, 'number': len(score.mistakes)}


def _address(file: Path, page: Path) -> str:
    """Where a page finds a file: relative, so that both may be moved together."""
    try:
        relative = os.path.relpath(file.absolute(), page.parent.absolute())
    except ValueError:  # on another drive
        return file.absolute().as_uri()
    return urllib.parse.quote(os.fsencode(Path(relative).as_posix()))


def write_page(report: 'Report', out: Path) -> None:
    """Write the report.

    Args:
        report (Report): The report.
        out (Path): HTML file to write; its folder is made.

    Raises:
        WriteError: If it cannot be written.
    """
    scores = report.scores
    page = html_template('reporting/page.html').render(
        title=report.title,
        inks=INKS,
        images=counted(scores[0].figures['original size']['num_images'], 'image'),
        threshold=f'{report.threshold:g}',
        remarks=report.remarks,
        heads=[*NAMES.items(), *((each.head, each.words) for each in MEASURES.values())],
        rows=table_rows(scores),
        frames={name: _address(file, out) for name, file in report.frames.items()},
        curves=_plot(
            plot_curves, scores, 'Pd against Fa, ROC curve of pixels, precision against threshold'
        ),
        errors=_plot(plot_errors, scores, 'shares of the kinds of errors as bars'),
        groups=_plot(plot_groups, scores, 'share of targets found by size and by contrast'),
        reliability=_plot(plot_reliability, scores, 'share of targets against confidence'),
        surfaces=[
            {'name': name, 'panels': _surfaces(name, grey, maps)}
            for name, grey, maps in report.surfaces
        ],
        galleries=[_gallery(score, report.threshold) for score in scores],
        made=report.made,
    )
    with whole_text(out) as file:
        file.write(page)
