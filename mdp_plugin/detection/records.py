"""What `mdpnet detect` knows of the files that it has been through."""

import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from .sources import RECORD, Source
from .targets import Target
from .written_files import writing

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

State = tuple[str, int, int]

#: How a record begins.
_START = b'{"settings": '


class RecordError(ValueError):
    """The folder cannot take these results: it holds others, or another process writes to it."""


class _Done(NamedTuple):
    """Where a file's frames stand in the record, how many, and whether they were drawn."""

    place: int
    frames: int
    overlay: bool


class DetectionRecord:
    """Detections as JSON lines, written frame by frame: what is written is never lost.

    The first line holds the settings. Then come the files in the order in which they were done: a
    line that begins one, a line for each frame, and one that ends it. A file is known by its
    absolute path, size and time of change. What was not ended does not count, and is done anew by
    the next run. Memory does not grow with the number of frames.

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
        self._done: dict[State, _Done] = {}
        self._states: dict[Path, State] = {}  # of files as this run has found them
        self._begun: tuple[Source, int] | None = None
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
                    self._done[begun[0]] = _Done(begun[1], line['frames'], line['overlay'])
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

    def knows(self, source: Source, *, overlay: bool = False) -> bool:
        """Whether a file, as it is now, is done.

        Args:
            source (Source): The file.
            overlay (bool): And has been drawn. Defaults to False.

        Returns:
            bool: False also for a file that is gone.
        """
        try:
            self._states[source.path] = source.state()
        except OSError:
            return False
        done = self._done.get(self._states[source.path])
        return done is not None and (done.overlay or not overlay)

    def begin(self, source: Source) -> None:
        """Begin a file; what was known of it before is replaced when it ends.

        Args:
            source (Source): The file.

        Raises:
            FileNotFoundError: If it is gone.
            WriteError: If the record cannot be written.
        """
        state = self._states[source.path] = source.state()
        self._write({'file': state})
        self._begun = source, os.fstat(self._file.fileno()).st_size

    def add(
        self, frame: int, seconds: float | None, size: tuple[int, int], targets: Sequence[Target]
    ) -> None:
        """Record the targets of a frame of the file that was begun.

        Args:
            frame (int): Index of the frame in the file.
            seconds (float | None): Its time in a video.
            size (tuple[int, int]): Height and width.
            targets (Sequence[Target]): Its targets.

        Raises:
            WriteError: If the record cannot be written.
        """
        self._write(frame_line(frame, seconds, size, targets))

    def end(self, frames: int, *, overlay: bool = False) -> None:
        """Record that the file that was begun is done.

        Args:
            frames (int): Its number of frames.
            overlay (bool): Whether they were drawn. Defaults to False.

        Raises:
            OSError: If the file has changed since it was begun.
            WriteError: If the record cannot be written.
        """
        assert self._begun is not None
        (source, place), self._begun = self._begun, None
        state = self._states[source.path]
        if source.state() != state:
            raise OSError(f'"{source.path}" has changed while it was read')
        self._write({'frames': frames, 'overlay': overlay})
        self._done[state] = _Done(place, frames, overlay)

    def _write(self, line: dict[str, Any]) -> None:
        text = memoryview(json.dumps(line).encode() + b'\n')
        with writing(self.path):
            while text:  # the system may take a part, and say only then that the disk is full
                text = text[self._file.write(text) :]

    def lines(self, sources: Sequence[Source]) -> Iterator[dict[str, Any]]:
        """What tables are made of: the frames of files that are done, from disk.

        Args:
            sources (Sequence[Source]): Files, in the order of the table.

        Yields:
            dict[str, Any]: One frame: what :meth:`add` was given, with the ``file``'s name and its
            number of ``frames``, and of frames that were tracked the name of their ``sequence``.
        """
        with self.path.open('rb') as file:
            for source in sources:
                done = self._done.get(self._states.get(source.path, ('', 0, 0)))
                if done is None:
                    continue
                file.seek(done.place)
                sequence = {'sequence': source.name} if self._tracked else {}
                for index in range(done.frames):
                    line = json.loads(file.readline())
                    holder, line['frame'] = source.place_of(index)
                    frames = done.frames if holder is source else 1
                    yield {'file': holder.name, 'frames': frames, **line, **sequence}


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
    """A frame as JSON, see :meth:`DetectionRecord.add`."""
    return {
        'frame': frame,
        'seconds': None if seconds is None else round(seconds, 6),
        'size': list(size),
        'targets': [_plain(target) for target in targets],
    }


def _plain(target: Target) -> dict[str, Any]:
    """A target as JSON; an infinite ratio (a flat background) is null."""
    values = target._asdict()
    values['box'] = list(target.box)
    if target.scr is not None and not math.isfinite(target.scr):
        values['scr'] = None
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in values.items()}
