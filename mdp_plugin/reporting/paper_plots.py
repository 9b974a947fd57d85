"""Curves and surfaces for a paper."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .curve_plots import draw_pixel_curve, draw_target_curve, line_style, set_rate_axis
from .paper_grid import Row
from .plots import draw_surface
from .scoring import Scores


def plot_paper_curves(scores: Sequence[Scores], width: float) -> Figure:
    """Pd against Fa as a user can choose it, and ROC of pixels, with the thresholds in use marked.

    Args:
        scores (Sequence[Scores]): The detectors.
        width (float): Width in inches; one below the other where that is less than five.

    Returns:
        Figure: Two panels and a legend.
    """
    narrow = width < 5
    legend = 0.16 * -(-len(scores) // (2 if narrow else 4)) + 0.1  # inches
    height = legend + (4.0 if narrow else 2.3)
    shape = (2, 1) if narrow else (1, 2)
    figure, axes = plt.subplots(*shape, figsize=(width, height), layout='constrained')
    for index, score in enumerate(scores):
        style = line_style(index)
        draw_target_curve(axes[0], score, **style)
        draw_pixel_curve(axes[1], score, **style)
        axes[0].plot([], [], label=score.name, mfc='white', ms=5, **style)
    axes[0].set(xlabel='false pixels / pixels (Fa)', ylabel='targets found (Pd)')
    axes[1].set(xlabel='false-positive rate of pixels', ylabel='true-positive rate')
    for axis in axes:
        axis.set_ylim(0, 1.02)
        axis.grid(alpha=0.3, lw=0.5)
        set_rate_axis(axis, 'no target in these images')
    figure.legend(loc='outside upper center', ncols=2 if narrow else 4, frameon=False)
    return figure


def plot_paper_surfaces(rows: Sequence[Row], width: float, zoom: int = 48) -> Figure:
    """Grey levels and each detector's probability around a target, as surfaces.

    Args:
        rows (Sequence[Row]): Images, a row of panels each.
        width (float): Width in inches.
        zoom (int): Side of the part that is shown, in pixels. Defaults to 48.

    Returns:
        Figure: Grey levels and detectors in columns.
    """
    labels = list(rows[0].matches)
    columns = 1 + len(labels)
    side = width / columns
    head = 0.16  # inches
    height = len(rows) * side * 0.86 + head
    figure = plt.figure(figsize=(width, height))
    for number, row in enumerate(rows):
        part = _part_around(row, zoom)
        maps = {'grey levels': row.grey, **{k: m.probability for k, m in row.matches.items()}}
        for column, (title, values) in enumerate(maps.items()):
            bottom = (height - head - (number + 1) * side * 0.86) / height
            axis = figure.add_axes(
                (column / columns, bottom, 1 / columns, side * 0.86 / height), projection='3d'
            )
            # Lines of the faces' colour close the seams that PDF viewers show between faces.
            draw_surface(axis, values[part], is_probability=column > 0, linewidth=0.35)
            axis.set_box_aspect((1, 1, 0.72), zoom=1)
            axis.tick_params(labelsize=5, pad=-4, length=0)
            axis.locator_params(nbins=4)
            if not number:
                middle = (column + 0.5) / columns
                figure.text(middle, 1 - 0.5 * head / height, title, ha='center', va='center')
    return figure


def _part_around(row: Row, zoom: int) -> tuple[slice, slice]:
    """Rows and columns of the part of an image that is shown."""
    height, width = row.grey.shape
    y, x = row.focus or (height / 2, width / 2)
    sides = [min(zoom, size) for size in (height, width)]
    starts = [
        int(np.clip(round(place) - side // 2, 0, size - side))
        for place, side, size in zip((y, x), sides, (height, width), strict=True)
    ]
    return tuple(slice(start, start + side) for start, side in zip(starts, sides, strict=True))  # type: ignore[return-value]
