"""Detections as pictures: framed targets, videos."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..imaging.drawing import draw_boxes
from ..imaging.picture_files import write_picture
from ..imaging.video_files import VideoWriter
from .sources import Source
from .targets import Target
from .written_files import writing

#: Frames a second of a stream that does not say it.
USUAL_RATE = 25.0


def draw_targets(grey: np.ndarray, targets: Sequence[Target]) -> np.ndarray:
    """Frame every target, with its track and its peak probability beside it.

    Args:
        grey (np.ndarray): Grey levels (H, W) of any depth, see
            :func:`~mdp_plugin.imaging.drawing.to_display`.
        targets (Sequence[Target]): Its targets.

    Returns:
        np.ndarray: uint8 (H, W, 3), BGR.
    """
    boxes = [target.box for target in targets]
    tracks = ['' if target.track_id is None else f'#{target.track_id} ' for target in targets]
    peaks = [f'{target.peak:.2f}' for target in targets]
    return draw_boxes(grey, boxes, [f'{track}{peak}' for track, peak in zip(tracks, peaks)])


class OverlayWriter:
    """Draw the frames of a file: a picture for each, or a video of a video.

    Args:
        folder (Path): Where to.
        source (Source): The file; its suffix stays in the name, since a.tif and a.png may lie side
            by side.
    """

    def __init__(self, folder: Path, source: Source) -> None:
        self._folder, self._path = folder, folder / source.name
        self._source = source
        self._video: VideoWriter | None = None
        self._count = 0

    def add(self, grey: np.ndarray, targets: Sequence[Target], seconds: float | None) -> None:
        """Draw one frame.

        Args:
            grey (np.ndarray): Grey levels (H, W) of any depth.
            targets (Sequence[Target]): Its targets.
            seconds (float | None): Its time in a video.

        Raises:
            WriteError: If it cannot be written.
        """
        picture = draw_targets(grey, targets)
        file, frame = self._source.place_of(self._count)
        name = re.sub(r'[^\w.-]+', '_', file.name) if file.live else file.name
        self._path = self._folder / name
        with writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        if seconds is None:
            number = f'_{frame}' if frame else ''
            path = self._path.with_name(f'{self._path.name}{number}.png')
            with writing(path):
                write_picture(path, picture)
        else:
            path = self._path.with_name(f'{self._path.name}.mp4')
            rate = self._source.rate() or USUAL_RATE if self._video is None else 0
            with writing(path):
                self._video = self._video or VideoWriter(path, rate)
                self._video.write(picture, seconds)
        self._count += 1

    def close(self) -> None:
        """End the video.

        Raises:
            WriteError: If it cannot be written.
        """
        if self._video is not None:
            with writing(self._path):
                self._video.close()
            self._video = None

    def discard(self) -> None:
        """Leave no video of a file whose frames cannot all be read."""
        if self._video is not None:
            self._video.discard()
            self._video = None
