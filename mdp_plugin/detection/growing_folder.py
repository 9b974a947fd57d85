"""A folder into which somebody writes files while it is looked at."""

import contextlib
import os
import stat
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import overload

from ..imaging.picture_files import IMAGE_SUFFIXES
from ..imaging.video_files import VIDEO_SUFFIXES
from .records import DetectionRecord
from .sources import Source, is_overlay, natural_key

#: Least number of seconds between two looks at the folder.
INTERVAL = 0.5
#: Seconds between two looks whether to stop.
_LOOK = 0.1

#: What changes while a file is written: size and time of change.
_Shape = tuple[int, int]


class GrowingFolder(Sequence[Source]):
    """Pictures and videos of a folder and those below it, in the order in which they come.

    A file counts as whole when two looks have found it unchanged. One that changes later keeps its
    number and comes again, so a file that was taken too early is not lost. Memory grows with each
    file by some 200 bytes.

    Args:
        folder (str): The folder.
        out (Path, optional): Where `mdpnet detect` writes to. Defaults to None.
        timeout (float, optional): Seconds in which nothing has come, after which it ends. Defaults
            to None: never.
        stop (Callable): Says whether to end. Defaults to never.

    Attributes:
        name (str): The folder, as it was given.
        problem (str | None): Why it has ended; None if it should.
        known (int): Files that the record has from earlier runs.
        come (int): Files that have come and were gone through; one that comes again counts again.

    Raises:
        ValueError: If it is no folder, or one of overlays.
    """

    def __init__(
        self,
        folder: str,
        out: Path | None = None,
        *,
        timeout: float | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        if not os.path.isdir(folder):
            raise ValueError(f'"{folder}" is no folder; --follow looks at one of this machine')
        if is_overlay(Path(folder, 'any'), out):
            raise ValueError(f'"{folder}" holds overlays of `mdpnet detect`')
        self.name = folder
        self.problem: str | None = None
        self.known = self.come = 0
        self._first = self._last = 0.0
        self._out, self._timeout, self._stop = out, timeout, stop
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._sizes, self._times = array('q'), array('q')  # with which they came last

    @property
    def pace(self) -> float:
        """Files a second that have come so far, by the clock of this machine."""
        return (self.come - 1) / max(self._last - self._first, 1e-9) if self.come > 1 else 0.0

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, number: int) -> Source: ...

    @overload
    def __getitem__(self, number: slice) -> list[Source]: ...

    def __getitem__(self, number: int | slice) -> Source | list[Source]:
        if isinstance(number, slice):
            return [self[index] for index in range(len(self))[number]]
        name = self._names[number]
        return Source(Path(self.name, name), name)

    def arrivals(
        self, record: DetectionRecord, *, overlay: bool = False
    ) -> Iterator[tuple[int, Source]]:
        """Wait for files; the next look is after those that have come are gone through.

        Args:
            record (DetectionRecord): What is done already.
            overlay (bool): What is done must also be drawn. Defaults to False.

        Yields:
            tuple[int, Source]: The number of a file that is not done, and the file.
        """
        before: dict[str, _Shape] = {}
        last = time.monotonic()
        while not self._stop():
            begin = time.monotonic()
            try:
                new = self._not_taken()
            except OSError as error:
                self.problem = f'the folder cannot be read any more: {error.strerror}'
                return
            pause = max(INTERVAL, time.monotonic() - begin)  # a look at many files takes a while
            whole = [name for name, shape in new.items() if before.get(name) == shape]
            for number in self._take({name: new.pop(name) for name in whole}, record, overlay):
                yield number, self[number]
                self.come += 1
                self._last = time.monotonic()
                self._first = self._first or self._last
                if self._stop():
                    return
            before = new
            if new or whole:
                last = time.monotonic()
            elif self._timeout is not None and time.monotonic() - last > self._timeout:
                if not len(self):
                    self.problem = f'no picture or video has come for {self._timeout:g} seconds'
                return
            self._wait(pause)

    def _not_taken(self) -> dict[str, _Shape]:
        """Files that are not as they came last."""
        found = {}
        for name, shape in _files_below(self.name, '', self._out):
            number = self._numbers.get(name)
            if number is None or shape != (self._sizes[number], self._times[number]):
                found[name] = shape
        return found

    def _take(self, files: dict[str, _Shape], record: DetectionRecord, overlay: bool) -> list[int]:
        """Note files that are whole; returns the numbers of those to go through."""
        changed = []
        for name in sorted(files, key=natural_key):
            size, changed_at = files[name]
            number = self._numbers.setdefault(name, len(self))
            if number < len(self):
                self._sizes[number], self._times[number] = size, changed_at
                record.outdate(number)
                changed.append(number)
            else:
                self._names.append(name)
                self._sizes.append(size)
                self._times.append(changed_at)
        fresh = len(self) - record.taken
        waiting = record.waiting(self, overlay=overlay)
        self.known += fresh - len(waiting)
        return [*changed, *waiting]

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stop() and (left := end - time.monotonic()) > 0:
            time.sleep(min(_LOOK, left))


def _files_below(folder: str, name: str, out: Path | None) -> Iterator[tuple[str, _Shape]]:
    """Pictures and videos below a folder, whose files' names begin so, in no order."""
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # gone meanwhile, or nobody may read it
                if entry.is_dir(follow_symlinks=False):
                    if not is_overlay(Path(entry.path, 'any'), out):
                        yield from _files_below(entry.path, f'{name}{entry.name}/', out)
                elif entry.name.lower().endswith((*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)):
                    about = entry.stat()
                    if stat.S_ISREG(about.st_mode):
                        yield f'{name}{entry.name}', (about.st_size, about.st_mtime_ns)
