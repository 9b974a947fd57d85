"""Which target continues which track: Kalman filters and SORT of the library `trackers`."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import supervision as sv
from trackers import BaseIoU, SORTTracker

from .targets import Target

#: The library has its budget for lost tracks in frames of 1/30 s. In frames of 1/15 s a whole
#: number stands for a budget that ends between two frames.
_RATE = 15


class CentroidCloseness(BaseIoU):
    """1 where the centres of two boxes meet, falling to 0 at a radius.

    Overlap says nothing of boxes of a few pixels: they miss each other by one step.

    Args:
        radius (float): Distance in pixels at which two boxes have nothing to do with each other.
    """

    def __init__(self, radius: float) -> None:
        self._radius = radius

    def _compute(self, boxes_1: np.ndarray, boxes_2: np.ndarray) -> np.ndarray:
        first, second = ((boxes[:, :2] + boxes[:, 2:]) / 2 for boxes in (boxes_1, boxes_2))
        distance = np.linalg.norm(first[:, None] - second[None], axis=2)
        return np.maximum(1 - distance / self._radius, 0)


class Association:
    """Assign the targets of each frame to tracks, whose motion Kalman filters predict.

    Args:
        radius (float): Largest distance in pixels between a target and where its track is expected.
        coast (int): Frames in a row that a track may be missed in.
    """

    def __init__(self, radius: float, coast: int) -> None:
        self._sort = SORTTracker(
            lost_track_buffer=2 * coast + 3,
            frame_rate=_RATE,
            track_activation_threshold=0,
            minimum_consecutive_frames=1,  # the library counts in a row; M of N is counted by us
            minimum_iou_threshold=1e-9,
            iou=CentroidCloseness(radius),
        )
        self._time = 0.0

    def add(self, targets: Sequence[Target], step: float) -> list[Any]:
        """Take the targets of the next frame.

        Args:
            targets (Sequence[Target]): They are followed by their centroids.
            step (float): Time since the last frame, in frames.

        Returns:
            list: The track of each target, an object that stays the same while the track lives.
        """
        self._time += step / _RATE
        half = np.array([target.box[2:] for target in targets], float).reshape(-1, 2) / 2
        centres = np.array([(target.x, target.y) for target in targets], float).reshape(-1, 2)
        found = self._sort.update(
            sv.Detections(np.hstack([centres - half, centres + half])), timestamp=self._time
        )
        # A track that begins has no number yet. It stands at the end, in the order of the targets.
        known = {track.tracker_id: track for track in self.tracks}
        begun = int((found.tracker_id < 0).sum())
        new = iter(self.tracks[len(self.tracks) - begun :])
        return [known[number] if number >= 0 else next(new) for number in found.tracker_id]

    @property
    def tracks(self) -> list[Any]:
        """The tracks that live."""
        return self._sort.tracks

    def keep(self, tracks: Collection[Any]) -> None:
        """End all other tracks.

        Args:
            tracks (Collection): Some of :attr:`tracks`.
        """
        self._sort.tracks = list(tracks)
