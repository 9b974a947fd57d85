"""What tracking is worth, measured on synthetic sequences whose targets are known by number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..detection import Detection, TargetDetector, Tracker, Tracking
from ..synthesis import SequenceGenerator, SequenceTarget

#: Centroids closer than this, in pixels, belong together, as in the metric.
NEAR = 3.0


class TrackOutcome(NamedTuple):
    """Sums over sequences.

    Attributes:
        frames (int): Frames.
        places (int): True targets, one for each frame in which one is.
        places_found (int): Those that are reported.
        targets (int): True targets, each once.
        targets_found (int): Those that are reported in a frame at least.
        false (int): Reported targets that are none, one for each frame.
        false_tracks (int): Tracks most of whose targets are none; without tracking 0.
        switches (int): How often the number of a true target changes, as CLEAR MOT counts it;
            without tracking 0.
    """

    frames: int
    places: int
    places_found: int
    targets: int
    targets_found: int
    false: int
    false_tracks: int
    switches: int

    def an_hour(self, number: int, rate: float) -> float:
        """How often something happens in an hour of so many frames a second."""
        return number / self.frames * rate * 3600


def measure_tracks(
    detector: TargetDetector,
    generator: SequenceGenerator,
    number: int,
    trackings: Mapping[str, Tracking | None],
) -> dict[str, TrackOutcome]:
    """Detect in sequences once, and follow what was found in several ways.

    Args:
        detector (TargetDetector): The detector.
        generator (SequenceGenerator): Makes the sequences.
        number (int): How many of them.
        trackings (Mapping): Ways to follow targets by name; None reports every target.

    Returns:
        dict[str, TrackOutcome]: By the names of the ways.

    Raises:
        ImportError: If the library ``trackers`` is not installed; names the command.
    """
    sums = {name: TrackOutcome(*[0] * len(TrackOutcome._fields)) for name in trackings}
    for index in range(number):
        of_sequence, found = detector.for_video(), []
        truths = []
        for frame in generator(index):
            found.append(_slight(of_sequence(frame.image)))
            truths.append(frame.targets)
        for name, tracking in trackings.items():
            followed = found
            if tracking is not None:
                pairs = Tracker(tracking).follow((detection, None) for detection in found)
                followed = [detection for detection, _ in pairs]
            outcome = _score(truths, followed, tracked=tracking is not None)
            sums[name] = TrackOutcome(*map(sum, zip(sums[name], outcome, strict=True)))
    return sums


def _slight(detection: Detection) -> Detection:
    """Without maps, of which a sequence has many."""
    empty = np.broadcast_to(np.float32(0), detection.mask.shape)
    return Detection(empty, empty > 0, detection.targets, empty)


def _score(
    truths: Sequence[Sequence[SequenceTarget]], followed: Sequence[Detection], *, tracked: bool
) -> TrackOutcome:
    """Compare the frames of one sequence with the truth."""
    from trackers.eval import compute_clear_metrics

    closeness = []
    near: dict[int, list[bool]] = defaultdict(list)
    seen: set[int] = set()
    for truth, detection in zip(truths, followed, strict=True):
        places = np.array([(t.x, t.y) for t in truth], float).reshape(-1, 2)
        found = np.array([(t.x, t.y) for t in detection.targets], float).reshape(-1, 2)
        distance = np.linalg.norm(places[:, None] - found[None], axis=2)
        closeness.append(np.maximum(1 - distance / (2 * NEAR), 0))
        seen.update(t.id for t, row in zip(truth, distance < NEAR) if row.any())
        for target, column in zip(detection.targets, (distance < NEAR).T):
            near[target.track_id or 0].append(bool(column.any()))
    clear = compute_clear_metrics(
        [np.array([t.id for t in truth], int) for truth in truths],
        [
            np.array([t.track_id or index for index, t in enumerate(detection.targets)], int)
            for detection in followed
        ],
        closeness,
        threshold=0.5,
    )
    true_ids = {t.id for truth in truths for t in truth}
    return TrackOutcome(
        frames=len(truths),
        places=clear['CLR_TP'] + clear['CLR_FN'],
        places_found=clear['CLR_TP'],
        targets=len(true_ids),
        targets_found=len(seen),
        false=clear['CLR_FP'],
        false_tracks=sum(2 * sum(hits) < len(hits) for hits in near.values()) if tracked else 0,
        switches=clear['IDSW'] if tracked else 0,
    )
