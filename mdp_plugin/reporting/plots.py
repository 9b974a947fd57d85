"""Plots of a report, readable in print, by Matplotlib."""

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..evaluation import functional as F
from ..imaging.drawing import FALSE, FALSE_INK, HIT, MISS_INK, web_colour
from ..imaging.resampling import largest_of_cells
from .curve_plots import COLOURS, STYLES, panels
from .scoring import Mistake, Scores, TargetFate

#: Limits of the groups of targets: pixels, and signal-to-clutter ratio.
AREAS, RATIOS = (0, *F.SIZE_LIMITS, np.inf), (-np.inf, 2, 4, 8, np.inf)


#: Kinds of errors: words, colours, and hatches for print.
KINDS = {
    'IoU': ('right', COLOURS[5], ''), 'perception': ('not perceived', '0.8', '///'),
    'interference': ('interference', COLOURS[1], '...'),
    'one_to_many': ('one for several targets', COLOURS[3], 'xx'),
    'many_to_one': ('several for one target', COLOURS[2], '--'),
    'merging': ('on other targets', COLOURS[3], 'xx'),
}  # fmt: skip


def plot_errors(scores: Sequence[Scores], narrow: bool = False) -> Figure:
    """Shares of the kinds of errors, of targets and of the found ones' pixels."""
    height = 1.5 + 0.35 * len(scores) + 0.2 * narrow  # inches
    figure, axes = panels(2, (6.5, height), narrow, sharey=True)
    columns = 2 if narrow else 5  # of the legend
    titles = {'loc': 'targets and false components', 'seg': 'pixels of the found targets'}
    for axis, (level, title) in zip(axes, titles.items(), strict=True):
        starts = np.zeros(len(scores))
        for key in F.Errors._fields:
            if not key.startswith(level):
                continue
            name, colour, hatch = KINDS[key.partition('_')[2]]
            shares = np.nan_to_num([getattr(score.errors, key) for score in scores])
            axis.barh(
                range(len(scores)), shares, left=starts, height=0.7, label=name, hatch=hatch,
                color=colour, edgecolor='black', linewidth=0.5,
            )  # fmt: skip
            starts += shares
        axis.set_yticks(range(len(scores)), [score.name for score in scores])
        axis.set(title=f'{title} (%)', xlim=(0, 100))
        axis.legend(
            fontsize=8, loc='upper center', bbox_to_anchor=(0.5, -0.3 / height), ncols=columns
        )
    axes[0].invert_yaxis()  # the other one's, too
    return figure


def _groups(
    limits: Sequence[float], value: Callable[[TargetFate], float], unit: str
) -> list[tuple[str, Callable[[TargetFate], bool]]]:
    """Names of the intervals between limits, and the test for each."""
    groups = []
    for low, high in zip(limits, limits[1:]):
        name = f'{low:g} to {high:g}{unit}'
        if not np.isfinite(high):
            name = f'over {low:g}{unit}'
        elif not np.isfinite(low) or low == 0:
            name = f'to {high:g}{unit}'
        groups.append((name, _between(low, value, high)))
    return groups


def _between(
    low: float, value: Callable[[TargetFate], float], high: float
) -> Callable[[TargetFate], bool]:
    """The test whether a value lies in an interval, its lower end left out."""
    return lambda target: low < value(target) <= high


def plot_groups(scores: Sequence[Scores], narrow: bool = False) -> Figure:
    """Pd by the size of targets and by their signal-to-clutter ratio."""
    figure, axes = panels(2, (6.5, 3.6), narrow)
    upright = len(scores) > (1 if narrow else 4)  # where numbers have no room side by side
    kinds = (
        (_groups(AREAS, lambda t: t.area, ' px'), 'size of the target'),
        (_groups(RATIOS, lambda t: t.scr, ''), 'signal-to-clutter ratio'),
    )
    for axis, (groups, title) in zip(axes, kinds, strict=True):
        width = 0.8 / len(scores)
        for index, score in enumerate(scores):
            for place, (_, belongs) in enumerate(groups):
                fates = [t.found for t in score.targets if belongs(t)]
                x = place + (index - (len(scores) - 1) / 2) * width
                rate = np.mean(fates) if fates else 0
                axis.bar(
                    x, rate, width * 0.92, color=COLOURS[index % len(COLOURS)],
                    edgecolor='black', linewidth=0.5, label=score.name if place == 0 else None,
                )  # fmt: skip
                text = f'{sum(fates)}/{len(fates)}'
                axis.annotate(
                    text, (x, rate), (0, 1), textcoords='offset points', ha='center', va='bottom',
                    fontsize=7, rotation=90 if upright else 0,
                )  # fmt: skip
        axis.set_xticks(range(len(groups)), [name for name, _ in groups])
        axis.set(ylabel='targets found (Pd)', xlabel=title, ylim=(0, 1.3 if upright else 1.12))
        axis.grid(axis='y', alpha=0.3)
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        fontsize=8,
        loc='outside upper center',
        ncols=2 if narrow else 4,
    )
    return figure


def plot_reliability(scores: Sequence[Scores], narrow: bool = False) -> Figure:
    """Confidence against the share of true targets, with 95 % intervals, one panel a detector."""
    number = len(scores) if narrow else max(2, len(scores))
    figure, axes = panels(number, (min(13 / number, 4.3), 4), narrow)
    for axis in axes[len(scores) :]:
        axis.axis('off')
    for axis, score in zip(axes, scores):
        log_odds = np.array([part.log_odds for part in score.parts])
        hit = np.array([part.is_target for part in score.parts], bool)
        axis.plot((0, 1), (0, 1), color='0.6', lw=1)
        if not len(hit):
            axis.text(0.5, 0.5, 'nothing is predicted', ha='center', transform=axis.transAxes)
        # An uncalibrated detector has one curve only.
        kinds = {'as predicted': F.UNCALIBRATED, 'calibrated': score.confidence}
        if score.confidence == F.UNCALIBRATED:
            del kinds['calibrated']
        for index, (name, confidence) in enumerate(kinds.items() if len(hit) else ()):
            groups = F.reliability(confidence(log_odds), hit, groups=5)
            spread = np.maximum([groups.rate - groups.low, groups.high - groups.rate], 0)
            axis.errorbar(
                groups.confidence, groups.rate, spread, marker='os'[index], ls=STYLES[1 - index],
                color=COLOURS[index], capsize=2, ms=5,
                label=f'{name}: off by {100 * groups.error:.1f} %',
            )  # fmt: skip
        title = f'{score.name}\n{hit.sum()} of {len(hit)} components are targets'
        axis.set(xlabel='confidence', ylabel='share of targets', xlim=(0, 1.02), ylim=(0, 1.02))
        axis.set_title(title, fontsize=9)
        axis.grid(alpha=0.3)
        if len(hit):
            axis.legend(fontsize=8, loc='lower left')
    return figure


def plot_mistake(mistake: Mistake, threshold: float) -> Figure:
    """Crop of the image with outlines, and the probability beside it."""
    figure, axes = plt.subplots(1, 2, figsize=(3.2, 1.6))
    figure.subplots_adjust(0, 0, 1, 1, wspace=0.02)
    _draw_mistake(axes, mistake, threshold)
    return figure


def plot_mistakes(score: Scores, threshold: float, columns: int = 6) -> Figure:
    """All misses of a detector and all its false alarms on one sheet.

    Args:
        score (Scores): The detector.
        threshold (float): The threshold of its decisions.
        columns (int): Mistakes in a row. Defaults to 6.

    Returns:
        Figure: Misses under red names, then false alarms under orange ones; of each the crop of
        the image and the probability.
    """
    mistakes = [*score.missed, *score.false]
    rows = max(1, -(-len(mistakes) // columns))
    height = 1.25 * rows + 0.4  # inches
    figure, axes = plt.subplots(rows, 2 * columns, figsize=(2.2 * columns, height), squeeze=False)
    figure.suptitle(score.summary, fontsize=10, y=1 - 0.08 / height, va='top')
    figure.subplots_adjust(0.005, 0.005, 0.995, 1 - 0.4 / height, 0.04, 0.2)
    for axis in axes.flat:
        axis.axis('off')
    for index, mistake in enumerate(mistakes):
        row, column = divmod(index, columns)
        pair = axes[row, 2 * column : 2 * column + 2]
        _draw_mistake(pair, mistake, threshold)
        colour = MISS_INK if mistake.kind == 'missed' else FALSE_INK
        pair[0].set_title(mistake.image, fontsize=6, color=colour, loc='left', pad=2)
    return figure


def _draw_mistake(axes: Sequence[Axes], mistake: Mistake, threshold: float) -> None:
    """Fill a pair of panels with the crop of the image and of the probability."""
    axes[0].imshow(mistake.grey, cmap='gray')
    axes[1].imshow(mistake.probability, cmap='magma', vmin=0, vmax=1)
    for axis in axes:
        if mistake.truth.any():
            axis.contour(mistake.truth, [0.5], colors=web_colour(HIT), linewidths=0.8)
        if (mistake.probability > threshold).any():
            axis.contour(mistake.probability, [threshold], colors=web_colour(FALSE), linewidths=0.8)
        axis.axis('off')


def plot_surface(title: str, values: np.ndarray, *, is_probability: bool) -> Figure:
    """An image, or what a detector makes of it, as a surface over the plane.

    Args:
        title (str): Name of the image, or of the detector.
        values (np.ndarray): Grey levels or probabilities (H, W).
        is_probability (bool): Whether the height goes from 0 to 1.

    Returns:
        Figure: The plot.
    """
    figure = plt.figure(figsize=(4, 3.6), layout='constrained')
    axis = figure.add_subplot(projection='3d')
    draw_surface(axis, values, is_probability=is_probability)
    axis.set_title(title, fontsize=9)
    axis.tick_params(labelsize=6)
    return figure


def draw_surface(axis: Any, values: np.ndarray, *, is_probability: bool, **style: Any) -> None:
    """Draw an image or a map as a surface; of large ones each cell shows its largest value.

    Args:
        axis (Axes3D): Where to.
        values (np.ndarray): Grey levels or probabilities (H, W).
        is_probability (bool): Whether the height goes from 0 to 1.
        **style: Of the surface.
    """
    step = max(1, max(values.shape) // 100)
    height, width = (side // step * step for side in values.shape)
    peaks = largest_of_cells(values[:height, :width], step)
    y, x = np.mgrid[: peaks.shape[0], : peaks.shape[1]] * step
    limits = dict(vmin=0, vmax=1) if is_probability else {}
    options = dict(cmap='viridis', rcount=peaks.shape[0], ccount=peaks.shape[1], linewidth=0)
    axis.plot_surface(x, y, peaks, **{**options, **limits, **style})
    axis.set_ylim(height, 0)
    if is_probability:
        axis.set_zlim(0, 1)
