"""Target-level counts: connected components, their matching, detections and false alarms."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from .pixel_counts import check_mask_pair, ratio

CONNECTIVITIES = (4, 8)
MATCHINGS = ('nearest', 'reference')
#: Pixels of the largest target of each group but the last, which is open: 9 are 3x3, 24 less than
#: 5x5, and 80 what SPIE calls small, less than 9x9.
SIZE_LIMITS = (9, 24, 80)


class Components(NamedTuple):
    """Connected components of a mask, in the scan order of their first pixels.

    Attributes:
        labels (np.ndarray): (H, W) int32, 0 for background, ``i + 1`` for component ``i``.
        areas (np.ndarray): (n,) int64, pixels of each component.
        centroids (np.ndarray): (n, 2) float64, mean (row, column) of the pixels.
    """

    labels: np.ndarray
    areas: np.ndarray
    centroids: np.ndarray


class TargetCounts(NamedTuple):
    """Target-level counts of one image (or of a set, summed).

    Attributes:
        num_targets (int): Components of the truth.
        num_detected (int): Targets with a matched predicted component.
        num_false (int): Predicted components that are matched to no target.
        false_pixels (int): Pixels of those components.
        same_area_false_pixels (int): The same by DNANet's published code, which drops every false
            component whose area equals that of a matched one. For legacy figures only.
    """

    num_targets: int
    num_detected: int
    num_false: int
    false_pixels: int
    same_area_false_pixels: int


class SizeCounts(NamedTuple):
    """Targets of one image (or of a set, summed) by their size; the groups are (4,) int64.

    Attributes:
        num_targets (np.ndarray): Targets of each group, see :data:`SIZE_LIMITS`.
        num_detected (np.ndarray): Those that are detected.
    """

    num_targets: np.ndarray
    num_detected: np.ndarray


def check_target_options(connectivity: int, distance_thr: float, matching: str) -> None:
    """Refuse unknown options of the target-level protocol.

    Args:
        connectivity (int): 4 or 8 neighbours.
        distance_thr (float): Largest centroid distance in pixels (exclusive).
        matching (str): ``nearest`` or ``reference``.

    Raises:
        ValueError: An option has another value.
    """
    if connectivity not in CONNECTIVITIES:
        raise ValueError(f'connectivity must be one of {CONNECTIVITIES}, not {connectivity!r}')
    if not 0 < distance_thr < float('inf'):
        raise ValueError(f'distance_thr must be a positive number of pixels, not {distance_thr!r}')
    if matching not in MATCHINGS:
        raise ValueError(f'matching must be one of {MATCHINGS}, not {matching!r}')


def label_components(mask: np.ndarray, connectivity: int = 8) -> Components:
    """Split a mask into connected components.

    Args:
        mask (np.ndarray): (H, W) bool.
        connectivity (int): 8 joins pixels that share an edge or a corner, 4 an edge only.
            Defaults to 8, as every published Pd/Fa code does.

    Returns:
        Components: Labels, areas and centroids.
    """
    structure = np.ones((3, 3), dtype=bool) if connectivity == 8 else None
    labels, num = ndimage.label(mask, structure=structure)
    rows, cols = np.nonzero(labels)
    owner = labels[rows, cols] - 1
    areas = np.bincount(owner, minlength=num)
    # sums of integers are exact in float64, so the centroid does not depend on their order
    sums = [np.bincount(owner, weights=axis, minlength=num) for axis in (rows, cols)]
    return Components(labels, areas, np.stack(sums, axis=1) / areas[:, None])


def match_components(
    pred: Components,
    target: Components,
    distance_thr: float = 3.0,
    matching: str = 'nearest',
) -> list[tuple[int, int]]:
    """Assign predicted components to targets, one to one.

    A pair is admissible if its centroids lie less than ``distance_thr`` apart (Euclidean).

    - ``nearest``: admissible pairs are taken from the nearest on; ties go to the first target,
      then to the first component in scan order.
    - ``reference``: targets in scan order take the first admissible component in scan order that
      is still free, as BasicIRSTD and the codes derived from DNANet's do.

    Args:
        pred (Components): Predicted components.
        target (Components): True components.
        distance_thr (float): Limit of the distance in pixels, exclusive. Defaults to 3.0.
        matching (str): ``nearest`` or ``reference``. Defaults to ``nearest``.

    Returns:
        List[Tuple[int, int]]: Pairs (index in ``pred``, index in ``target``).
    """
    offsets = target.centroids[:, None] - pred.centroids[None]  # (targets, components, 2)
    distances = np.sqrt((offsets**2).sum(axis=-1))
    target_ids, pred_ids = np.nonzero(distances < distance_thr)
    if matching == 'nearest':
        order = np.lexsort((pred_ids, target_ids, distances[target_ids, pred_ids]))
        target_ids, pred_ids = target_ids[order], pred_ids[order]
    pairs, used_targets, used_preds = [], set(), set()
    for target_id, pred_id in zip(target_ids.tolist(), pred_ids.tolist(), strict=True):
        if target_id not in used_targets and pred_id not in used_preds:
            used_targets.add(target_id)
            used_preds.add(pred_id)
            pairs.append((pred_id, target_id))
    return pairs


def count_targets(
    pred: np.ndarray,
    target: np.ndarray,
    connectivity: int = 8,
    distance_thr: float = 3.0,
    matching: str = 'nearest',
) -> TargetCounts:
    """Count detections and false alarms of one image.

    The rule is that of BasicIRSTD (Li et al.) and of DNANet (TIP 2023): a target is detected by a
    component whose centroid lies less than 3 pixels from its own; the pixels of all components
    without a target are false alarms, the pixels of a matched one are not, however large it is.

    Args:
        pred (np.ndarray): Predicted mask, (H, W) bool.
        target (np.ndarray): True mask, (H, W) bool.
        connectivity (int): 4 or 8. Defaults to 8.
        distance_thr (float): Limit of the centroid distance in pixels, exclusive. Defaults to 3.0.
        matching (str): ``nearest`` or ``reference``, see :func:`match_components`.
            Defaults to ``nearest``.

    Returns:
        TargetCounts: Integer counts.

    Raises:
        TypeError: A mask is not boolean.
        ValueError: The masks differ in shape, or an option is unknown.
    """
    check_mask_pair(pred, target)
    check_target_options(connectivity, distance_thr, matching)
    pred_parts = label_components(pred, connectivity)
    target_parts = label_components(target, connectivity)
    pairs = match_components(pred_parts, target_parts, distance_thr, matching)
    return count_matches(pred_parts, target_parts, pairs)


def count_matches(
    pred: Components, target: Components, pairs: Sequence[tuple[int, int]]
) -> TargetCounts:
    """Count detections and false alarms of components that are matched already.

    Args:
        pred (Components): Predicted components.
        target (Components): True components.
        pairs (Sequence[tuple[int, int]]): See :func:`match_components`.

    Returns:
        TargetCounts: Integer counts.
    """
    matched = np.zeros(len(pred.areas), dtype=bool)
    matched[[pred_id for pred_id, _ in pairs]] = True
    false_areas = pred.areas[~matched]
    other_area = ~np.isin(false_areas, pred.areas[matched])
    return TargetCounts(
        num_targets=len(target.areas),
        num_detected=len(pairs),
        num_false=len(false_areas),
        false_pixels=int(false_areas.sum()),
        same_area_false_pixels=int(false_areas[other_area].sum()),
    )


def count_sizes(target: Components, pairs: Sequence[tuple[int, int]]) -> SizeCounts:
    """Count targets and detections by the size of the targets.

    Args:
        target (Components): True components.
        pairs (Sequence[tuple[int, int]]): See :func:`match_components`.

    Returns:
        SizeCounts: Integer counts.
    """
    group = np.searchsorted(SIZE_LIMITS, target.areas)
    found = group[[target_id for _, target_id in pairs]]
    number = len(SIZE_LIMITS) + 1
    return SizeCounts(*(np.bincount(each, minlength=number) for each in (group, found)))


def sum_size_counts(counts: Sequence[SizeCounts]) -> SizeCounts:
    """Add the counts of several images, possibly of none."""
    nothing = np.zeros(len(SIZE_LIMITS) + 1, np.int64)
    return SizeCounts(*(sum(column) for column in zip(*counts, (nothing, nothing), strict=True)))


def sum_target_counts(counts: Sequence[TargetCounts]) -> TargetCounts:
    """Add the counts of several images.

    Args:
        counts (Sequence[TargetCounts]): One item per image, possibly none.

    Returns:
        TargetCounts: Their sum.
    """
    return TargetCounts(
        *(sum(column) for column in zip(*counts, TargetCounts(0, 0, 0, 0, 0), strict=True))
    )


def detection_probability(num_detected: int, num_targets: int) -> float:
    """Pd: detected targets over all targets of the set.

    Args:
        num_detected (int): Matched targets.
        num_targets (int): All targets.

    Returns:
        float: Pd in 0..1, ``nan`` where the set has no target.
    """
    return ratio(num_detected, num_targets)


def false_alarm_rate(false_pixels: int, num_pixels: int) -> float:
    """Fa: pixels of unmatched components over all pixels of the set.

    Args:
        false_pixels (int): Pixels of predicted components that match no target.
        num_pixels (int): All pixels of all images.

    Returns:
        float: The raw ratio (tables print it times 1e6), ``nan`` where there are no pixels.
    """
    return ratio(false_pixels, num_pixels)
