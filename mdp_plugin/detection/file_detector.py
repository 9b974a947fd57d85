"""What `mdpnet detect` does with one file: the same in its own process and in a worker."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2

from ..imaging.grey_levels import Remarks
from .detector import Detection, TargetDetector
from .overlay import OverlayWriter
from .records import frame_text
from .sources import Source, State, read_frames
from .tracking import Tracker, Tracking

#: Faults of a file, which is named and left out; all else stops the run.
FAULTS = (ImportError, OSError, TypeError, ValueError, cv2.error)


class Begin(NamedTuple):
    """A file is begun.

    Attributes:
        state (tuple[str, int, int]): What tells it from other files, see :meth:`Source.state`.
    """

    state: State


class End(NamedTuple):
    """A file is done, or cannot be.

    Attributes:
        frames (int): Its number of frames.
        overlay (bool): Whether they were drawn.
        remarks (dict): What the reader of the results should know of its grey levels, see
            :meth:`~mdp_plugin.imaging.grey_levels.GreyLevels.take_remarks`.
        fault (str | None): Why it failed; None if it is done.
    """

    frames: int
    overlay: bool
    remarks: Remarks
    fault: str | None = None


#: What comes of a file in this order: its begin, a line of the record for each frame, its end.
Part = Begin | bytes | End


class FileDetector(NamedTuple):
    """Detect in files, one after the other; may be pickled.

    Attributes:
        detector (TargetDetector): The detector.
        tracking (Tracking | None): How targets are followed; None: not at all.
        overlays (Path | None): Folder of pictures with framed targets; None: nothing is drawn.
    """

    detector: TargetDetector
    tracking: Tracking | None = None
    overlays: Path | None = None

    def __call__(self, source: Source) -> Generator[Part, None, None]:
        """Detect in a file.

        Args:
            source (Source): The file.

        Yields:
            Part: Its begin, unless it is gone, the line of each frame before the next one is read,
            and its end.

        Raises:
            WriteError: If an overlay cannot be written.
        """
        count, fault = 0, None
        try:
            state = source.state()
            yield Begin(state)
            for line in self._lines(source, state):
                yield line
                count += 1
        except FAULTS as error:
            fault = str(error)
        drawn = self.overlays is not None
        yield End(count, drawn, self.detector.levels.take_remarks(), fault)

    def _lines(self, source: Source, state: State) -> Iterator[bytes]:
        """The line of each frame; draws them."""
        detector = self.detector
        if source.is_video or self.tracking:
            detector = detector.for_video()
        found = _detections(source, detector)
        if self.tracking:
            found = Tracker(self.tracking, source.rate()).follow(found)
        writer = None if self.overlays is None else OverlayWriter(self.overlays, source)
        try:
            for frame, (detection, seconds) in enumerate(found):
                yield frame_text(frame, seconds, detection.mask.shape, detection.targets)
                if writer:
                    writer.add(detection.grey, detection.targets, seconds)
            if source.state() != state:
                raise OSError(f'"{state[0]}" has changed while it was read')
            if writer:
                writer.close()
        finally:
            if writer:
                writer.discard()


def _detections(
    source: Source, detector: TargetDetector
) -> Iterator[tuple[Detection, float | None]]:
    """What is found in each frame of a file, and the frame's time."""
    for index, (image, seconds) in enumerate(read_frames(source)):
        yield detector(image, source.place_of(index)[0].name), seconds
