"""Slow, plain second implementation of the metric, from its definition, for the tests alone.

It shares nothing with the package: components by flood fill over Python sets, matching by sorting
or scanning lists of pairs, curves by going through thresholds one by one.
"""

import math
from fractions import Fraction

import numpy as np

STEPS = {
    4: [(-1, 0), (1, 0), (0, -1), (0, 1)],
    8: [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0)],
}


def components(mask, connectivity):
    """Flood-fill a mask; returns sorted pixel lists in the scan order of their first pixels."""
    left = {(int(r), int(c)) for r, c in np.argwhere(mask)}
    found = []
    for seed in sorted(left):
        if seed not in left:
            continue
        left.remove(seed)
        part, front = [], [seed]
        while front:
            row, col = front.pop()
            part.append((row, col))
            for down, right in STEPS[connectivity]:
                neighbour = (row + down, col + right)
                if neighbour in left:
                    left.remove(neighbour)
                    front.append(neighbour)
        found.append(sorted(part))
    return found


def centroid(part):
    """Mean (row, column) of a pixel list."""
    return sum(r for r, _ in part) / len(part), sum(c for _, c in part) / len(part)


def distance(one, two):
    """Euclidean distance of the centroids of two pixel lists."""
    (row, col), (other_row, other_col) = centroid(one), centroid(two)
    down, right = row - other_row, col - other_col
    return math.sqrt(down * down + right * right)


def match(pred_parts, target_parts, distance_thr, matching):
    """Pairs (component, target) by the definition of either order."""
    if matching == 'reference':
        free, pairs = list(range(len(pred_parts))), []
        for t, target in enumerate(target_parts):
            for p in free:
                if distance(pred_parts[p], target) < distance_thr:
                    pairs.append((p, t))
                    free.remove(p)
                    break
        return pairs
    candidates = sorted(
        (distance(pred, target), t, p)
        for t, target in enumerate(target_parts)
        for p, pred in enumerate(pred_parts)
        if distance(pred, target) < distance_thr
    )
    pairs = []
    while candidates:
        _, t, p = candidates[0]
        pairs.append((p, t))
        candidates = [item for item in candidates if item[1] != t and item[2] != p]
    return pairs


def target_counts(pred, target, connectivity=8, distance_thr=3.0, matching='nearest'):
    """(targets, detected, false components, their pixels, their pixels by DNANet's rule)."""
    pred_parts, target_parts = components(pred, connectivity), components(target, connectivity)
    pairs = match(pred_parts, target_parts, distance_thr, matching)
    matched = {p for p, _ in pairs}
    false_areas = [len(part) for p, part in enumerate(pred_parts) if p not in matched]
    matched_areas = [len(pred_parts[p]) for p in matched]
    other = [area for area in false_areas if area not in matched_areas]
    return len(target_parts), len(pairs), len(false_areas), sum(false_areas), sum(other)


def pixel_counts(pred, target):
    """(tp, fp, fn, pixels), pixel by pixel."""
    pairs = list(zip(pred.ravel().tolist(), target.ravel().tolist(), strict=True))
    return (
        sum(p and t for p, t in pairs),
        sum(p and not t for p, t in pairs),
        sum(t and not p for p, t in pairs),
        len(pairs),
    )


def auc(levels, target):
    """P(target pixel above background pixel) + 1/2 P(equal), over all pairs, as a fraction."""
    high, low = levels[target].tolist(), levels[~target].tolist()
    twice = sum(2 * (h > b) + (h == b) for h in high for b in low)
    return Fraction(twice, 2 * len(high) * len(low))


def average_precision(levels, target, num_levels):
    """Sum of precision times recall step from the highest level down, as a fraction."""
    total, before = Fraction(0), 0
    for level in range(num_levels, -1, -1):
        above = levels >= level
        hits = int((above & target).sum())
        if hits > before:
            total += Fraction(hits - before, int(target.sum())) * Fraction(hits, int(above.sum()))
        before = hits
    return total
