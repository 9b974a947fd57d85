"""What `mdpnet detect` knows of the files that it has been through."""

import hashlib
import json
import math
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from .sources import RECORD, Source, State
from .targets import Target
from .written_files import writing

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: How a record begins.
_START = b'{"settings": '
#: Bytes by which a file's state is known in memory.
_DIGEST = 16


class RecordError(ValueError):
    """The folder cannot take these results: it holds others, or another process writes to it."""


class _Known:
    """The files of a record that are done, in 32 bytes each, since there may be many millions."""

    def __init__(self) -> None:
        self.digests = bytearray()
        self.places = array('q')  # where the lines of its frames begin
        self.frames = array('q')
        self.overlays = array('b')

    def add(self, state: State, place: int, frames: int, overlay: bool) -> None:
        """Add the file that is done next; it replaces an earlier one of the same state."""
        self.digests += _digest(state)
        self.places.append(place)
        self.frames.append(frames)
        self.overlays.append(overlay)

    def find(self, digests: bytearray) -> np.ndarray:
        """Their last numbers in the record, int64 (N,); -1 of files that are not in it."""
        known, wanted = (np.frombuffer(text, f'S{_DIGEST}') for text in (self.digests, digests))
        order = np.argsort(known, kind='stable')
        last = np.searchsorted(known[order], wanted, side='right') - 1
        numbers = order[last]  # of -1 the last one, which is another file
        return np.where(known[numbers] == wanted, numbers, -1)


def _digest(state: State | None) -> bytes:
    """A state in few bytes; zeros of a file that is gone."""
    if state is None:
        return bytes(_DIGEST)
    return hashlib.blake2b(repr(state).encode(), digest_size=_DIGEST).digest()


class DetectionRecord:
    """Detections as JSON lines, written frame by frame: what is written is never lost.

    The first line holds the settings. Then come the files in the order in which they were done: a
    line that begins one, a line for each frame, and one that ends it. A file is known by its
    absolute path, size and time of change. What was not ended does not count, and is done anew by
    the next run. Memory does not grow with the number of frames, and with each file by less than
    100 bytes.

    Args:
        folder (Path): Folder of the results, which one process at a time may use.
        settings (dict): What the results depend on.
        forget (bool): Begin anew, whatever the folder holds. Defaults to False.

    Raises:
        RecordError: If the folder holds results of other settings, or another process uses it.
        WriteError: If it cannot be written.
    """

    def __init__(self, folder: Path, settings: dict[str, Any], *, forget: bool = False) -> None:
        self.path = folder / RECORD
        self._tracked = bool(settings.get('tracking'))
        self._known = _Known()
        # Of each file of this run: where its frames stand, -1 if it is not done, and how many.
        self._places, self._frames = array('q'), array('q')
        self._begun = 0
        with writing(self.path):
            folder.mkdir(parents=True, exist_ok=True)
            # Unbuffered: a line that was written survives the process.
            self._file = self.path.open('ab', buffering=0)
        try:
            self._lock()
            settings = json.loads(json.dumps(settings))
            end = 0 if forget else self._read(settings)
            with writing(self.path):
                self._file.truncate(end)
            self._end = end
            if not end:
                self._write({'settings': settings})
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> 'DetectionRecord':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def _lock(self) -> None:
        """Take the lock, which the system releases when this process ends or dies."""
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecordError(
                f'another process writes to "{self.path.parent}"; wait for its end or choose '
                'another folder with --out'
            ) from None
        except OSError:  # a file system without locks
            return

    def _read(self, settings: dict[str, Any]) -> int:
        """List the files that are done; returns where the last one of them ends."""
        end = place = 0
        begun: tuple[State, int] | None = None
        with self.path.open('rb') as file:
            for number, text in enumerate(file):
                line = _parse(text)
                if line is None:
                    if number == 0 and not text.startswith(_START[: len(text)]):
                        self._compare(None, settings)
                    break  # cut off, as all that follows
                place += len(text)
                if number == 0:
                    self._compare(line.get('settings'), settings)
                    end = place
                elif 'file' in line:
                    path, size, time = line['file']
                    begun = (path, size, time), place
                elif 'frames' in line and begun:
                    self._known.add(*begun, line['frames'], line['overlay'])
                    end, begun = place, None
        return end

    def _compare(self, known: Any, settings: dict[str, Any]) -> None:
        """Refuse results of other settings."""
        if known == settings:
            return
        if isinstance(known, dict) and known.keys() == settings.keys():
            differ = [
                f'{key}: {known[key]}, now {value}'
                for key, value in settings.items()
                if known[key] != value
            ]
            what = f'of other settings ({"; ".join(differ)})'
        else:
            what = 'of another version or program'
        raise RecordError(
            f'"{self.path.parent}" holds results {what}; choose another folder or pass --overwrite'
        )

    @property
    def taken(self) -> int:
        """How many files of this run were taken, see :meth:`waiting`."""
        return len(self._places)

    def waiting(self, sources: Sequence[Source], *, overlay: bool = False) -> 'array[int]':
        """Take the files of this run, and say which of them, as they are now, are not done.

        Of a sequence that has grown since the last call the further ones are taken.

        Args:
            sources (Sequence[Source]): Files, in the order of the tables.
            overlay (bool): What is done must also be drawn. Defaults to False.

        Returns:
            array[int]: Their numbers in the sequence, ascending.
        """
        first, known = self.taken, self._known
        count = len(sources) - first
        self._places.extend([-1] * count)
        self._frames.extend([0] * count)
        if not known.places or not count:
            return array('q', range(first, first + count))
        digests = bytearray()
        for number in range(first, first + count):
            try:
                digests += _digest(sources[number].state())
            except OSError:
                digests += _digest(None)
        waiting = array('q')
        for index, number in enumerate(known.find(digests).tolist(), start=first):
            if number >= 0:
                self._places[index], self._frames[index] = (
                    known.places[number],
                    known.frames[number],
                )
            if number < 0 or (overlay and not known.overlays[number]):
                waiting.append(index)
        self._known = _Known()
        return waiting

    def outdate(self, number: int) -> None:
        """Leave a file that has changed out of the tables, until it is done anew.

        Args:
            number (int): Its number in the sequence of this run.
        """
        self._places[number] = -1

    def begin(self, state: State) -> None:
        """Begin a file; what was known of it before is replaced when it ends.

        Args:
            state (tuple[str, int, int]): See :meth:`Source.state`.

        Raises:
            WriteError: If the record cannot be written.
        """
        self._write({'file': state})
        self._begun = self._end

    def add(self, line: bytes) -> None:
        """Record the targets of the next frame of the file that was begun.

        Args:
            line (bytes): See :func:`frame_text`.

        Raises:
            WriteError: If the record cannot be written.
        """
        self._append(line)

    def end(self, number: int, frames: int, *, overlay: bool = False) -> None:
        """Record that the file that was begun is done.

        Args:
            number (int): Its number in the sequence of this run.
            frames (int): Its number of frames.
            overlay (bool): Whether they were drawn. Defaults to False.

        Raises:
            WriteError: If the record cannot be written.
        """
        self._write({'frames': frames, 'overlay': overlay})
        self._places[number], self._frames[number] = self._begun, frames

    def _write(self, line: dict[str, Any]) -> None:
        self._append(json.dumps(line).encode() + b'\n')

    def _append(self, line: bytes) -> None:
        text = memoryview(line)
        with writing(self.path):
            while text:  # the system may take a part, and say only then that the disk is full
                written = self._file.write(text)
                self._end += written
                text = text[written:]

    def lines(self, sources: Sequence[Source]) -> Iterator[dict[str, Any]]:
        """What tables are made of: the frames of files that are done, from disk.

        Args:
            sources (Sequence[Source]): The files of this run, see :meth:`waiting`.

        Yields:
            dict[str, Any]: One frame: what :func:`frame_line` was given, with the ``file``'s name
            and its number of ``frames``, and of frames that were tracked the name of their
            ``sequence``.
        """
        with self.path.open('rb') as file:
            for source, place, frames in zip(sources, self._places, self._frames, strict=True):
                if place < 0:
                    continue
                file.seek(place)
                sequence = {'sequence': source.name} if self._tracked else {}
                for index in range(frames):
                    line = json.loads(file.readline())
                    holder, line['frame'] = source.place_of(index)
                    in_file = frames if holder is source else 1
                    yield {'file': holder.name, 'frames': in_file, **line, **sequence}


def _parse(text: bytes) -> dict[str, Any] | None:
    """A whole line; None of one that was cut off."""
    try:
        line = json.loads(text) if text.endswith(b'\n') else None
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def frame_line(
    frame: int, seconds: float | None, size: tuple[int, int], targets: Sequence[Target]
) -> dict[str, Any]:
    """A frame as JSON.

    Args:
        frame (int): Index of the frame in its file.
        seconds (float | None): Its time in a video.
        size (tuple[int, int]): Height and width.
        targets (Sequence[Target]): Its targets.
    """
    return {
        'frame': frame,
        'seconds': None if seconds is None else round(seconds, 6),
        'size': list(size),
        'targets': [_plain(target) for target in targets],
    }


def frame_text(
    frame: int, seconds: float | None, size: tuple[int, int], targets: Sequence[Target]
) -> bytes:
    """A frame as a line of the record; the arguments are those of :func:`frame_line`."""
    return json.dumps(frame_line(frame, seconds, size, targets)).encode() + b'\n'


def _plain(target: Target) -> dict[str, Any]:
    """A target as JSON; an infinite ratio (a flat background) is null."""
    values = target._asdict()
    values['box'] = list(target.box)
    if target.scr is not None and not math.isfinite(target.scr):
        values['scr'] = None
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in values.items()}
