"""Hierarchical IoU of targets and their pixels, and the kinds of errors behind it."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from .pixel_counts import ratio
from .target_matching import Components

#: IoU from which on a component and a target may be a pair, whatever the distance.
OVERLAP_THR = 0.5


class ErrorCounts(NamedTuple):
    """Targets of one image (or of a set, summed) by what became of them.

    Attributes:
        matched (int): Pairs of a component and a target.
        perception (int): Targets that no component is near.
        interference (int): Components that are near no target.
        one_to_many (int): Further targets that are left without a component, although one is near:
            one component for several targets.
        many_to_one (int): Further components that are left without a target, although one is near.
        overlap (float): Sum of the pairs' IoU.
        merging (float): Sum over the pairs of the component's pixels on other targets, over the
            pair's union.
        surplus (float): The same of its pixels on background: interference.
        lacking (float): The same of the target's pixels that the component lacks: perception.
        empty_sides (int): Images without a target and images without a component. For legacy
            figures only.
    """

    matched: int
    perception: int
    interference: int
    one_to_many: int
    many_to_one: int
    overlap: float
    merging: float
    surplus: float
    lacking: float
    empty_sides: int


class Errors(NamedTuple):
    """Shares of targets and of their pixels, in percent; ``nan`` where nothing can be said.

    The first five add up to 100, and so do the other four.

    Attributes:
        loc_IoU (float): Pairs over pairs, missed targets and false components.
        loc_perception (float): Targets that no component is near, over the same.
        loc_interference (float): Components that are near no target.
        loc_one_to_many (float): Targets whose component belongs to another target.
        loc_many_to_one (float): Components whose target belongs to another component.
        seg_IoU (float): Mean IoU of the pairs.
        seg_merging (float): Mean share of a pair's union that lies on other targets.
        seg_interference (float): Mean share that lies on background.
        seg_perception (float): Mean share that is not predicted.
    """

    loc_IoU: float
    loc_perception: float
    loc_interference: float
    loc_one_to_many: float
    loc_many_to_one: float
    seg_IoU: float
    seg_merging: float
    seg_interference: float
    seg_perception: float


def count_errors(
    pred: Components,
    target: Components,
    distance_thr: float = 3.0,
    overlap_thr: float = OVERLAP_THR,
) -> ErrorCounts:
    """Count the kinds of errors of one image.

    Components and targets are paired twice, each time by the assignment with the smallest sum of
    centroid distances: first all of them, of which pairs with an IoU of ``overlap_thr`` or more
    are kept; then the rest, of which pairs closer than ``distance_thr`` are kept ("OPDC matching",
    Pang et al., Rethinking Evaluation of Infrared Small Target Detection, NeurIPS 2025,
    arXiv:2509.16888). A component and a target are *near* if either condition holds.

    Args:
        pred (Components): Predicted components.
        target (Components): True components, of an image of the same size.
        distance_thr (float): Limit of the centroid distance in pixels, exclusive. Defaults to 3.0.
        overlap_thr (float): Limit of the IoU, inclusive. Defaults to 0.5.

    Returns:
        ErrorCounts: Counts and sums.
    """
    common = _common_pixels(pred, target)
    union = target.areas[:, None] + pred.areas[None] - common
    overlap = common / union
    distance = np.sqrt(((target.centroids[:, None] - pred.centroids[None]) ** 2).sum(axis=-1))
    overlaps, close = overlap >= overlap_thr, distance < distance_thr
    everything = [np.arange(len(side.areas)) for side in (target, pred)]
    pairs = _assign(distance, everything[0], everything[1], overlaps)
    rows, columns = (
        np.setdiff1d(indices, [pair[side] for pair in pairs])
        for side, indices in enumerate(everything)
    )
    pairs += _assign(distance, rows, columns, close)
    near = overlaps | close
    far_targets = int((~near.any(axis=1)).sum())
    far_components = int((~near.any(axis=0)).sum())
    foreign = common.sum(axis=0)  # pixels of a component on any target
    rows, columns = np.array(pairs, int).reshape(-1, 2).T
    own, whole = common[rows, columns], union[rows, columns]
    on_others = foreign[columns] - own
    on_background = pred.areas[columns] - foreign[columns]
    lacking = target.areas[rows] - own
    return ErrorCounts(
        matched=len(pairs),
        perception=far_targets,
        interference=far_components,
        one_to_many=len(target.areas) - len(pairs) - far_targets,
        many_to_one=len(pred.areas) - len(pairs) - far_components,
        overlap=math.fsum(own / whole),
        merging=math.fsum(on_others / whole),
        surplus=math.fsum(on_background / whole),
        lacking=math.fsum(lacking / whole),
        empty_sides=sum(len(side.areas) == 0 for side in (pred, target)),
    )


def _common_pixels(pred: Components, target: Components) -> np.ndarray:
    """Pixels that a target and a component share, int64 (targets, components)."""
    both = (pred.labels > 0) & (target.labels > 0)
    common = np.zeros((len(target.areas), len(pred.areas)), np.int64)
    np.add.at(common, (target.labels[both] - 1, pred.labels[both] - 1), 1)
    return common


def _assign(
    distance: np.ndarray, rows: np.ndarray, columns: np.ndarray, allowed: np.ndarray
) -> list[tuple[int, int]]:
    """Pairs of the assignment with the smallest sum of distances that are allowed."""
    if not allowed.any():
        return []
    found = linear_sum_assignment(distance[np.ix_(rows, columns)])
    pairs = [(int(rows[row]), int(columns[column])) for row, column in zip(*found)]
    return [pair for pair in pairs if allowed[pair]]


def sum_error_counts(counts: Sequence[ErrorCounts]) -> ErrorCounts:
    """Add the counts of several images; sums are correctly rounded, so their order is of no matter.

    Args:
        counts (Sequence[ErrorCounts]): One item per image, possibly none.

    Returns:
        ErrorCounts: Their sum.
    """
    nothing = ErrorCounts(0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0)
    columns = zip(*counts, nothing, strict=True)
    return ErrorCounts._make(
        sum(column) if isinstance(column[-1], int) else math.fsum(column) for column in columns
    )


def error_shares(counts: ErrorCounts) -> Errors:
    """Divide the counts of a set by what they are shares of.

    Args:
        counts (ErrorCounts): The counts.

    Returns:
        Errors: Shares in percent.
    """
    of_targets = sum(counts[:5])
    return Errors(
        *(100 * ratio(count, of_targets) for count in counts[:5]),
        *(100 * ratio(share, counts.matched) for share in counts[5:9]),
    )


def hierarchical_iou(counts: ErrorCounts, *, count_empty_sides: bool = False) -> float:
    """hIoU: IoU of targets times mean IoU of the found ones.

    hIoU = M / (M + false components + missed targets) * 1/M sum IoU of the M pairs, after Pang et
    al., NeurIPS 2025. The panoptic quality of one class (Kirillov et al., CVPR 2019) has the same
    form, with another denominator and other pairs.

    Args:
        counts (ErrorCounts): Counts of a set.
        count_empty_sides (bool): Take an image without a target for one with a missed target, and
            an image without a component for one with a false one, as PyIRSTDMetrics 1.0.2 does.
            Defaults to False.

    Returns:
        float: hIoU in 0..1, ``nan`` where there is neither a target nor a component.
    """
    more = counts.empty_sides if count_empty_sides else 0
    return ratio(counts.overlap, sum(counts[:5]) + more)
