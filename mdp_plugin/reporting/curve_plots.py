"""Curves of detectors over all thresholds, and how detectors are told apart in plots."""

from collections.abc import Sequence
from typing import Any

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..evaluation import functional as F
from .scoring import Scores

STYLES = ('-', '--', '-.', ':')  # told apart without colour, too
MARKERS = ('o', 's', '^', 'D', 'v')
#: Colours that colour-blind readers tell apart (Okabe and Ito, Color Universal Design, 2008), the
#: yellow one left out, which is faint on paper.
COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000')


def draw_target_curve(axis: Axes, score: Scores, **style: Any) -> None:
    """Draw Pd against Fa at the thresholds that a user can choose, as steps, and the one in use.

    Left out are thresholds at which another one finds as many targets with fewer false alarms; see
    :func:`~mdp_plugin.evaluation.functional.pareto_front`. The one in use may be one of them.

    Args:
        axis (Axes): Where to.
        score (Scores): The detector.
        **style: Of the line, see :func:`line_style`.
    """
    curve = {key: np.array(score.curves[key]) for key in ('Fa', 'Pd')}
    front = F.pareto_front(score.curves['Fa'], score.curves['Pd'])
    rates = np.maximum(curve['Fa'][front], _least_rate(score))
    marker = style.pop('marker', 'o')
    axis.plot(rates, curve['Pd'][front], drawstyle='steps-post', **style)
    figures = score.figures['original size']
    point = max(figures['Fa'] / 1e6, _least_rate(score)), figures['Pd'] / 100
    _draw_point(axis, point, marker, style)


def draw_pixel_curve(axis: Axes, score: Scores, **style: Any) -> None:
    """Draw the ROC curve of pixels, and the threshold in use; arguments as above."""
    least, pixels = _least_rate(score), score.pixels
    marker = style.pop('marker', 'o')
    axis.plot(
        np.maximum(score.curves['false_positive_rate'], least),
        score.curves['true_positive_rate'],
        **style,
    )
    positive = pixels.tp + pixels.fn
    rates = F.ratio(pixels.fp, pixels.num_pixels - positive), F.ratio(pixels.tp, positive)
    _draw_point(axis, (max(rates[0], least), rates[1]), marker, style)


def _least_rate(score: Scores) -> float:
    """Where a rate of nothing is drawn on a logarithmic axis: at half a pixel."""
    return 0.5 / score.pixels.num_pixels


def _draw_point(axis: Axes, point: tuple[float, float], marker: str, style: dict[str, Any]) -> None:
    """Mark the threshold in use."""
    axis.plot(
        *point, marker, color=style['color'], mfc='white', ms=5, mew=1.2, zorder=3, clip_on=False
    )


def set_rate_axis(axis: Axes, empty: str) -> None:
    """Make an axis of rates logarithmic; if nothing can be drawn, say why."""
    if any(np.isfinite(line.get_ydata()).any() for line in axis.lines):
        axis.set_xscale('log')
    else:
        axis.text(0.5, 0.5, empty, ha='center', transform=axis.transAxes)


def line_style(index: int) -> dict[str, Any]:
    """Colour, line and marker of a detector, told apart in print and by colour-blind readers."""
    return dict(
        color=COLOURS[index % len(COLOURS)],
        ls=STYLES[index % len(STYLES)],
        marker=MARKERS[index % len(MARKERS)],
    )


def panels(
    number: int, size: tuple[float, float], narrow: bool, **options: Any
) -> tuple[Figure, Sequence[Any]]:
    """Panels side by side, or for a phone one below the other.

    Args:
        number (int): How many.
        size (tuple[float, float]): Width and height of one in inches, side by side.
        narrow (bool): Whether they are for a phone: of 4.5 inches.
        **options: Of ``matplotlib.pyplot.subplots``.

    Returns:
        tuple[Figure, Sequence[Axes]]: The figure and its panels.
    """
    width, height = size
    grid, inches = ((number, 1), (4.5, number * height)) if narrow else (
        (1, number), (number * width, height)
    )  # fmt: skip
    figure, axes = plt.subplots(
        *grid, figsize=inches, layout='constrained', squeeze=False, **options
    )
    return figure, axes.ravel()


def plot_curves(scores: Sequence[Scores], narrow: bool = False) -> Figure:
    """Pd against Fa, ROC, and precision and recall against the threshold."""
    figure, axes = panels(3, (13 / 3, 4), narrow)
    for index, score in enumerate(scores):
        style = line_style(index)
        draw_target_curve(axes[0], score, label=score.name, **style)
        draw_pixel_curve(axes[1], score, **style)
        curve, line = score.curves, dict(color=style['color'], ls=style['ls'])
        axes[2].plot(curve['threshold'], curve['precision'], **line)
        axes[2].plot(curve['threshold'], curve['true_positive_rate'], alpha=0.4, **line)
    titles = (
        ('false pixels / pixels (Fa)', 'targets found (Pd)', 'targets: best choices'),
        ('false-positive rate', 'true-positive rate', 'pixels: ROC'),
        ('threshold', 'precision (recall: pale)', 'precision against threshold'),
    )
    for axis, (x, y, title) in zip(axes, titles, strict=True):
        axis.set(xlabel=x, ylabel=y, title=title, ylim=(0, 1.02))
        axis.grid(alpha=0.3)
    for axis in axes[:2]:
        set_rate_axis(axis, 'no target in these images')
    axes[0].legend(fontsize=8, loc='lower right')
    return figure
