"""Counts over all thresholds of the probability, and the figures of their curves."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .component_tree import LevelComponents, components_at_levels
from .target_matching import Components, check_target_options, count_targets, label_components


class PixelCurve(NamedTuple):
    """Pixel counts at every threshold, in the order of rising thresholds.

    Attributes:
        tp (np.ndarray): (T,) int64, target pixels above each threshold.
        fp (np.ndarray): (T,) int64, background pixels above each threshold.
    """

    tp: np.ndarray
    fp: np.ndarray


class TargetCurve(NamedTuple):
    """Target-level counts at every threshold, in the order of rising thresholds.

    Attributes:
        num_detected (np.ndarray): (T,) int64, matched targets.
        num_false (np.ndarray): (T,) int64, components without a target.
        false_pixels (np.ndarray): (T,) int64, pixels of those components.
    """

    num_detected: np.ndarray
    num_false: np.ndarray
    false_pixels: np.ndarray


def curve_thresholds(num_steps: int = 200) -> np.ndarray:
    """Thresholds for the curves: even steps, with logarithmic tails at both ends.

    Networks put nearly all background below the first even step and many target pixels above the
    last. Even steps alone leave a jump there, and the area under the curve becomes an artefact of
    it; so 20 geometric steps down to 1e-6 resolve either end.

    Args:
        num_steps (int): Even steps from 0 to 1, giving ``num_steps - 1`` thresholds between.
            Defaults to 200.

    Returns:
        np.ndarray: (num_steps + 39,) float32, ascending, inside (0, 1).

    Raises:
        ValueError: Fewer than 2 or more than 10000 steps.
    """
    if not 2 <= num_steps <= 10000:
        raise ValueError(f'num_steps must be 2 to 10000, not {num_steps}')
    even = np.arange(1, num_steps) / num_steps
    tail = np.geomspace(1e-6, 1 / num_steps, 21)[:-1]
    return np.concatenate([tail, even, 1 - tail[::-1]]).astype(np.float32)


def pareto_front(false_alarms: Sequence[float], found: Sequence[float]) -> list[int]:
    """Pick the thresholds that nothing speaks against: no other one is better in both figures.

    Pd and Fa of targets are no monotonic functions of the threshold: as it falls, components grow
    together, so that false ones vanish in others, and a found target is lost when its component's
    centroid moves away. A curve over all thresholds therefore folds back on itself. A user would
    never choose a threshold at which another one finds as many targets with fewer false alarms.

    Args:
        false_alarms (Sequence[float]): Fa of each threshold.
        found (Sequence[float]): Pd of each threshold; ``nan`` ones are left out.

    Returns:
        list[int]: Their places, both figures rising.
    """
    kept, best = [], -math.inf
    for place in np.lexsort((-np.asarray(found, float), np.asarray(false_alarms, float))).tolist():
        if found[place] > best:
            kept.append(place)
            best = found[place]
    return kept


def probability_levels(probability: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Count for every pixel the thresholds below its probability.

    ``probability > thresholds[k]`` holds exactly where the level is ``k + 1`` or more.

    Args:
        probability (np.ndarray): (H, W) floating point.
        thresholds (np.ndarray): (T,), ascending; compared in the precision of ``probability``.

    Returns:
        np.ndarray: (H, W) int64 in 0..T.
    """
    thresholds = thresholds.astype(probability.dtype)
    levels = np.zeros(probability.shape, dtype=np.int64)
    active = probability > thresholds[0]
    levels[active] = np.searchsorted(thresholds, probability[active], side='left')
    return levels


def count_pixel_curve(levels: np.ndarray, target: np.ndarray, num_levels: int) -> PixelCurve:
    """Count the pixels of one image at every threshold.

    Args:
        levels (np.ndarray): (H, W) of :func:`probability_levels`.
        target (np.ndarray): True mask, (H, W) bool.
        num_levels (int): Number of thresholds T.

    Returns:
        PixelCurve: Integer counts.
    """
    all_pixels = np.bincount(levels.ravel(), minlength=num_levels + 1)
    on_target = np.bincount(levels[target], minlength=num_levels + 1)
    at_least = [hist[::-1].cumsum()[::-1][1:] for hist in (on_target, all_pixels - on_target)]
    return PixelCurve(*at_least)


def count_target_curve(
    levels: np.ndarray,
    target: np.ndarray,
    num_levels: int,
    connectivity: int = 8,
    distance_thr: float = 3.0,
    matching: str = 'nearest',
) -> TargetCurve:
    """Count detections and false alarms of one image at every threshold.

    Equal to :func:`count_targets` of ``probability > threshold`` for every threshold, but
    components are found for all of them at once, and the matching is only carried out where a
    target or a component has more than one possible partner.

    Args:
        levels (np.ndarray): (H, W) of :func:`probability_levels`.
        target (np.ndarray): True mask, (H, W) bool.
        num_levels (int): Number of thresholds T.
        connectivity (int): 4 or 8. Defaults to 8.
        distance_thr (float): Limit of the centroid distance in pixels, exclusive. Defaults to 3.0.
        matching (str): ``nearest`` or ``reference``. Defaults to ``nearest``.

    Returns:
        TargetCurve: Integer counts.

    Raises:
        ValueError: An option is unknown.
    """
    check_target_options(connectivity, distance_thr, matching)
    # Thresholds between which no pixel lies have equal counts: work on the levels that occur.
    present = np.flatnonzero(np.bincount(levels.ravel(), minlength=num_levels + 1)[1:]) + 1
    rank = np.zeros(num_levels + 1, dtype=np.int64)
    rank[present] = np.arange(1, len(present) + 1)
    ranked = rank[levels]
    parts = components_at_levels(ranked, len(present), connectivity)
    true_parts = label_components(target, connectivity)
    size = len(present) + 1
    pair_part, pair_target = _close_pairs(parts, true_parts, distance_thr)
    pair_level = parts.levels[pair_part]
    matched = np.bincount(pair_level, minlength=size)
    matched_area = np.bincount(pair_level, weights=parts.areas[pair_part], minlength=size)
    counts = np.zeros((3, size + 1), dtype=np.int64)  # the last column: above all levels, nothing
    counts[0, :size] = matched
    counts[1, :size] = np.bincount(parts.levels, minlength=size) - matched
    total_area = np.bincount(parts.levels, weights=parts.areas, minlength=size)
    counts[2, :size] = total_area - matched_area
    for level in _ambiguous_levels(pair_part, pair_target, pair_level, len(true_parts.areas)):
        exact = count_targets(ranked >= level, target, connectivity, distance_thr, matching)
        counts[:, level] = exact.num_detected, exact.num_false, exact.false_pixels
    # threshold k keeps levels above k, which begin at the first present one
    column = np.searchsorted(present, np.arange(1, num_levels + 1)) + 1
    return TargetCurve(*counts[:, column])


def _close_pairs(
    parts: LevelComponents, true_parts: Components, distance_thr: float
) -> tuple[np.ndarray, np.ndarray]:
    """Find all pairs of component and target under the distance limit.

    Returns:
        Tuple[np.ndarray, np.ndarray]: Indices of components and of targets.
    """
    pairs = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for index, centroid in enumerate(true_parts.centroids):
        # the same operations as in match_components, so that the last bit agrees
        distances = np.sqrt(((centroid - parts.centroids) ** 2).sum(axis=-1))
        close = np.flatnonzero(distances < distance_thr)
        pairs.append((close, np.full(len(close), index)))
    close, owners = (np.concatenate(column) for column in zip(*pairs, strict=True))
    return close, owners


def _ambiguous_levels(
    pair_part: np.ndarray, pair_target: np.ndarray, pair_level: np.ndarray, num_targets: int
) -> np.ndarray:
    """List the levels at which a component or a target has several partners."""
    by_part = np.bincount(pair_part)[pair_part] > 1 if len(pair_part) else np.zeros(0, bool)
    key = pair_level * max(num_targets, 1) + pair_target
    by_target = np.bincount(key)[key] > 1 if len(key) else np.zeros(0, bool)
    return np.unique(pair_level[by_part | by_target])


def roc_auc(curve: PixelCurve, num_positive: int, num_negative: int) -> float:
    """Area under the pixel-level ROC curve (true over false positive rate), by trapezoids.

    The curve runs through the points of all thresholds and its ends (0, 0) and (1, 1). The area is
    the probability that a target pixel scores above a background pixel, where scores between the
    same two thresholds count one half (Hanley and McNeil, Radiology 1982).

    Args:
        curve (PixelCurve): Counts of a set.
        num_positive (int): Target pixels of the set.
        num_negative (int): Background pixels of the set.

    Returns:
        float: AUC in 0..1, ``nan`` without target pixels or without background.
    """
    if not num_positive or not num_negative:
        return math.nan
    tp = [num_positive, *curve.tp.tolist(), 0]
    fp = [num_negative, *curve.fp.tolist(), 0]
    # Python integers: exact, however large the set
    twice = sum((fp[i] - fp[i + 1]) * (tp[i] + tp[i + 1]) for i in range(len(tp) - 1))
    return twice / (2 * num_positive * num_negative)


def average_precision(curve: PixelCurve, num_positive: int, num_negative: int) -> float:
    r"""Pixel-level average precision :math:`\sum_k (R_k - R_{k-1}) P_k`, not interpolated.

    The sum runs from the highest threshold down; at last every pixel is predicted. It is the step
    rule of scikit-learn's ``average_precision_score`` on the thresholds of the curve.

    Args:
        curve (PixelCurve): Counts of a set.
        num_positive (int): Target pixels of the set.
        num_negative (int): Background pixels of the set.

    Returns:
        float: AP in 0..1, ``nan`` without target pixels.
    """
    if not num_positive:
        return math.nan
    tp = [0, *curve.tp[::-1].tolist(), num_positive]
    fp = [0, *curve.fp[::-1].tolist(), num_negative]
    return math.fsum(
        (tp[i] - tp[i - 1]) / num_positive * (tp[i] / (tp[i] + fp[i]))
        for i in range(1, len(tp))
        if tp[i] > tp[i - 1]
    )
