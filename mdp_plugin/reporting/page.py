"""The report as one HTML file that needs nothing beside it, and its tables as CSV and LaTeX."""

import base64
import csv
import html
import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..imaging.drawing import FALSE_INK, MISS_INK
from ..version import __version__
from .plots import (
    plot_curves,
    plot_groups,
    plot_mistake,
    plot_mistakes,
    plot_reliability,
    plot_surfaces,
)
from .scoring import Scores

#: Figures of the table, with their headings.
COLUMNS = {
    'IoU': 'IoU (%)', 'nIoU': 'nIoU (%)', 'F1': 'F1 (%)', 'Pd': 'Pd (%)', 'Fa': 'Fa (1e-6)',
    'AUC': 'AUC', 'num_detected': 'found', 'num_targets': 'of', 'num_false': 'false targets',
}  # fmt: skip
#: Mistakes of one detector that are shown.
SHOWN = 120

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1150px; margin: 2em auto; padding: 0 1em;
  color: #1a1a1a; background: #fff }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .3em .7em; border-bottom: 1px solid #ccc; text-align: right }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left }
img { max-width: 100% }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 12px }
.gallery figure { margin: 0; break-inside: avoid }
.gallery figcaption { font-size: 12px; overflow-wrap: anywhere }
@media print { body { max-width: none } h2 { break-after: avoid } }
"""
STYLE += ''.join(
    f'.{kind} figcaption b {{ color: {ink} }}\n'
    for kind, ink in (('missed', MISS_INK), ('false', FALSE_INK))
)


def _embed(figure: Figure, dpi: int = 110) -> str:
    """A plot as an image inside the page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png', dpi=dpi)
    plt.close(figure)
    return (
        f'<img alt="" src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}">'
    )


def table_rows(scores: Sequence[Scores]) -> list[list[str]]:
    """Rows of the metric table, without its head: detector, protocol, :data:`COLUMNS`."""
    rows = []
    for score in scores:
        for protocol, figures in score.figures.items():
            cells = []
            for key in COLUMNS:
                digits = 0 if key.startswith('num_') else 4 if key == 'AUC' else 2
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
    with csv_file.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['detector', 'scored at', *COLUMNS])
        writer.writerows(rows)
    special = str.maketrans({'_': r'\_', '%': r'\%', '&': r'\&', '#': r'\#'})
    heads = ['detector', 'scored at', *COLUMNS.values()]
    lines = [' & '.join(cell.translate(special) for cell in row) + r' \\' for row in rows]
    tex_file.write_text(
        '\n'.join(
            [
                r'\begin{tabular}{ll' + 'r' * len(COLUMNS) + '}',
                r'\toprule',
                ' & '.join(head.translate(special) for head in heads) + r' \\',
                r'\midrule',
                *lines,
                r'\bottomrule',
                r'\end{tabular}',
                '',
            ]
        ),
        encoding='utf-8',
    )


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


def _gallery(score: Scores, threshold: float) -> str:
    """Every miss and false alarm of a detector."""
    parts = [f'<h3>{html.escape(score.summary)}</h3>', '<div class="gallery">']
    for mistake in [*score.missed, *score.false][:SHOWN]:
        row, column = mistake.centre
        picture = _embed(plot_mistake(mistake, threshold), dpi=80)
        parts.append(
            f'<figure class="{mistake.kind}">{picture}<figcaption><b>{mistake.kind}</b> '
            f'{html.escape(mistake.image)} at ({column:.0f}, {row:.0f})</figcaption></figure>'
        )
    parts.append('</div>')
    if len(score.mistakes) > SHOWN:
        parts.append(f'<p>The first {SHOWN} of {len(score.mistakes)} are shown.</p>')
    return ''.join(parts)


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
    heads = ''.join(
        f'<th>{html.escape(head)}</th>' for head in ('detector', 'scored at', *COLUMNS.values())
    )
    body = ''.join(
        '<tr>' + ''.join(f'<td>{html.escape(cell)}</td>' for cell in row) + '</tr>'
        for row in table_rows(scores)
    )
    shapes = ''.join(_embed(plot_surfaces(*surface)) for surface in surfaces)
    galleries = ''.join(_gallery(score, threshold) for score in scores)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f'<h1>{html.escape(title)}</h1>'
        f'<p>{int(scores[0].figures["original size"]["num_images"])} images. A pixel above '
        f'{threshold:g} is predicted; a target is found by an 8-connected component whose centroid '
        'lies less than 3 pixels from its own, one to one.</p>'
        f'<h2>Figures</h2><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
        f'<h2>Curves</h2>{_embed(plot_curves(scores))}'
        f'<h2>By size and by contrast</h2>{_embed(plot_groups(scores))}'
        '<h2>Confidence</h2><p>A component is rated by the mean log-odds of its pixels, as '
        'predicted, and calibrated on other images where that was done. Five groups of equal size; '
        f'bars are 95 % intervals.</p>{_embed(plot_reliability(scores))}'
        '<h2>Surfaces</h2><p>Image and probabilities; each cell shows its largest value.</p>'
        f'{shapes}'
        '<h2>Misses and false alarms</h2><p>Left the image, right the probability; green the '
        f'truth, yellow the prediction; crops of 48x48 pixels.</p>{galleries}'
        f'<p><small>mdp_plugin {html.escape(__version__)}</small></p></html>',
        encoding='utf-8',
    )
