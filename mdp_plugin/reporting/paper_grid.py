"""Images, truths and what detectors make of them, side by side, for a paper."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib.patches as patches
import matplotlib.patheffects as effects
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox

from ..evaluation.counts import Matches
from ..evaluation.functional import Components
from ..evaluation.protocol import Protocol
from ..imaging.drawing import to_display
from .comparison import Comparison
from .scoring import Sample

#: What a detector's panel shows.
PANELS = ('mask', 'image', 'probability')
#: Side of an inset, of the shorter side of its panel.
INSET = 0.42
GAP, HEAD, FOOT = 0.03, 0.18, 0.24  # inches


class Mark(NamedTuple):
    """How a target or a component is marked: by shape and line as well as by colour."""

    name: str
    colour: str
    line: Any
    marker: str


#: Colours of Okabe and Ito: blue, vermilion and yellow differ for all readers, also in grey.
HIT = Mark('hit', '#56b4e9', '-', 'o')
MISS = Mark('miss', '#d55e00', '--', 's')
FALSE = Mark('false alarm', '#f0e442', (0, (1, 0.8)), 'D')


class Row(NamedTuple):
    """One image of the grid.

    Attributes:
        name (str): Its name.
        grey (np.ndarray): Grey levels (H, W) as the first detector sees them.
        truth (np.ndarray): True mask, bool (H, W).
        matches (dict[str, Matches]): What each detector finds, by label.
    """

    name: str
    grey: np.ndarray
    truth: np.ndarray
    matches: dict[str, Matches]

    @property
    def focus(self) -> tuple[float, float] | None:
        """Row and column of what is worth a closer look; None if there is nothing.

        The target that most detectors miss, of these the largest; without any target the first
        false alarm.
        """
        first = next(iter(self.matches.values()))
        targets = first.targets
        if len(targets.areas):
            found = np.sum([each.is_found for each in self.matches.values()], axis=0)
            index = np.lexsort((-targets.areas, found))[0]
            return tuple(targets.centroids[index].tolist())
        for each in self.matches.values():
            if len(each.parts.areas):
                return tuple(each.parts.centroids[0].tolist())
        return None


def grid_rows(compared: Comparison, samples: Sequence[Sample], threshold: float) -> list[Row]:
    """Show images to all detectors.

    Args:
        compared (Comparison): The detectors.
        samples (Sequence[Sample]): The images.
        threshold (float): Probability above which a pixel is predicted.

    Returns:
        list[Row]: One for each image.
    """
    protocol = Protocol(threshold=threshold, num_thresholds=None)
    rows = []
    for sample in samples:
        found = {label: compared.predict(label, sample) for label in compared.predictors}
        matches = {
            label: protocol.match(each.probability, each.truth, sample.name)
            for label, each in found.items()
        }
        first = next(iter(found.values()))
        rows.append(Row(sample.name, first.grey, first.truth, matches))
    return rows


def plot_grid(rows: Sequence[Row], width: float, *, zoom: int = 32, panels: str = 'mask') -> Figure:
    """Draw the grid: a row for each image; image, truth and detectors in columns.

    Args:
        rows (Sequence[Row]): The images, at least one.
        width (float): Width of the figure in inches.
        zoom (int): Side of the enlarged part in pixels; 0: there is none. Defaults to 32.
        panels (str): What detectors' panels show, one of :data:`PANELS`. Defaults to 'mask'.

    Returns:
        Figure: The grid, as high as the images make it.
    """
    labels = list(rows[0].matches)
    columns = 2 + len(labels)
    side = (width - (columns - 1) * GAP) / columns
    heights = [side * row.grey.shape[0] / row.grey.shape[1] for row in rows]
    height = HEAD + sum(heights) + (len(rows) - 1) * GAP + FOOT
    figure = Figure(figsize=(width, height))
    top = height - HEAD
    for row, panel_height in zip(rows, heights, strict=True):
        corner = _free_corner(row) if zoom and row.focus else None
        for column, title in enumerate(['image', 'truth', *labels]):
            left = column * (side + GAP)
            place = (left / width, (top - panel_height) / height)
            axis = figure.add_axes((*place, side / width, panel_height / height))
            shown = [axis]
            if corner is not None and row.focus is not None:
                shown.append(_inset(axis, row, corner, zoom))
            for each in shown:
                _fill(each, row, labels[column - 2] if column > 1 else title, column, panels)
            if row is rows[0]:
                middle = (left + side / 2) / width
                figure.text(middle, 1 - 0.35 * HEAD / height, title, ha='center', va='center')
        top -= panel_height + GAP
    handles = [
        Line2D([], [], ls='', marker=mark.marker, mfc='none', mec=mark.colour, mew=1.2, ms=6,
               path_effects=[effects.withStroke(linewidth=1.8, foreground='black')],
               label=mark.name)
        for mark in (HIT, MISS, FALSE)
    ]  # fmt: skip
    figure.legend(
        handles=handles, loc='lower center', ncols=3, frameon=False, borderpad=0,
        borderaxespad=0.1, handletextpad=0.2, columnspacing=1.5,
    )  # fmt: skip
    return figure


def _fill(axis: Axes, row: Row, label: str, column: int, panels: str) -> None:
    """Show a panel's content, and what became of targets and components."""
    limits = axis.get_xlim(), axis.get_ylim()
    is_inset = axis.get_label() == 'inset'
    matches = row.matches.get(label) if column > 1 else None
    if column == 0 or (matches is not None and panels == 'image'):
        picture, low, high = to_display(row.grey), 0, 255
    elif matches is None:
        picture, low, high = row.truth, 0, 1
    elif panels == 'probability':
        picture, low, high = matches.probability, 0, 1
    else:
        picture, low, high = matches.parts.labels > 0, 0, 1
    axis.imshow(picture, cmap='gray', vmin=low, vmax=high, interpolation='none', aspect='auto')
    if is_inset:
        axis.set(xlim=limits[0], ylim=limits[1])
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(edgecolor='white' if is_inset else '0.5', linewidth=0.8 if is_inset else 0.4)
    if matches is not None:
        _draw_marks(axis, matches)


def _draw_marks(axis: Axes, matches: Matches) -> None:
    """Mark each target as hit or miss, and each false alarm."""
    for index, found in enumerate(matches.is_found):
        _draw_mark(axis, HIT if found else MISS, matches.targets, index)
    for index, is_target in enumerate(matches.is_target):
        if not is_target:
            _draw_mark(axis, FALSE, matches.parts, index)


def _draw_mark(axis: Axes, mark: Mark, components: Components, index: int) -> None:
    """Draw a shape around a component, away from its pixels."""
    y, x = components.centroids[index].tolist()
    reach = 0.7 * np.sqrt(components.areas[index]) + 4
    options = dict(fill=False, ec=mark.colour, ls=mark.line, lw=0.9)
    shape: patches.Patch
    if mark is HIT:
        shape = patches.Circle((x, y), reach, **options)
    else:
        corners, angle = 4, np.pi / 4 if mark is MISS else 0
        shape = patches.RegularPolygon(
            (x, y), corners, radius=1.3 * reach, orientation=angle, **options
        )
    halo = effects.withStroke(linewidth=1.6, foreground='black')
    halo_only = [halo] if mark is not FALSE else [effects.Normal()]  # dots would run together
    shape.set_path_effects(halo_only)
    axis.add_patch(shape)


def _free_corner(row: Row) -> tuple[bool, bool]:
    """The corner (at the bottom, at the right) where an inset hides fewest marks."""
    places = [np.asarray(row.focus)[None]]
    for matches in row.matches.values():
        places += [matches.targets.centroids, matches.parts.centroids]
    height, width = row.grey.shape
    relative = np.concatenate(places) / (height, width)

    def hidden(corner: tuple[bool, bool]) -> tuple[int, float]:
        distance = np.abs(relative - np.array(corner, float)).max(axis=1)
        return int((distance < INSET + 0.08).sum()), -float(distance[0])

    return min(((bottom, right) for bottom in (False, True) for right in (True, False)), key=hidden)


def _inset(axis: Axes, row: Row, corner: tuple[bool, bool], zoom: int) -> Axes:
    """Add the enlarged part to a panel, and frame what it enlarges."""
    assert row.focus is not None  # the caller asked
    height, width = row.grey.shape
    zoom = min(zoom, height, width)
    top, left = (
        float(np.clip(round(place) - zoom // 2, 0, size - zoom)) - 0.5
        for place, size in zip(row.focus, (height, width), strict=True)
    )
    side = INSET * min(height, width)
    x, y = side / width, side / height
    bottom, right = corner
    place = (1 - x if right else 0, 0 if bottom else 1 - y, x, y)
    inset = axis.figure.add_axes(
        Bbox.from_bounds(*place).transformed(axis.transAxes - axis.figure.transFigure),
        label='inset',
    )
    inset.set(xlim=(left, left + zoom), ylim=(top + zoom, top))
    axis.add_patch(
        patches.Rectangle((left, top), zoom, zoom, fill=False, ec='white', lw=0.6)
    )  # fmt: skip
    return inset
