"""Several processes that detect side by side, with the results of a single one.

Each worker reads, detects and draws whole files. What it finds comes back in the order of the
files, whoever is done first, so the record and the tables are those of one process.
"""

import contextlib
import multiprocessing
import os
import pickle
import signal
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, NamedTuple

import cv2

from .file_detector import Begin, End, FileDetector, Part
from .sources import Source

#: Files below which a worker is not worth its start.
LEAST_FILES = 100
#: Files that a worker has at a time: the one that it reads, and the next one.
_AT_A_TIME = 2
#: Bytes of results that wait for a file before them; beyond, their workers wait as well.
_MOST_WAITING = 32 << 20
#: Workers that may die of one file, before it counts as the cause.
_MOST_DEATHS = 3
#: Seconds in which a worker ends its frame when the run is stopped.
_PATIENCE = 10


def usual_workers(files: int, cores: int) -> int:
    """How many workers a run has if nobody says it.

    Args:
        files (int): Number of files.
        cores (int): Free cores.

    Returns:
        int: One for each core, with 100 files or more for each.
    """
    return max(1, min(cores, files // LEAST_FILES))


def free_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Stop(NamedTuple):
    """What ends the run: an error that is no fault of a file."""

    error: BaseException


@dataclass
class _Task:
    """A file that was given out, and what has come of it so far."""

    number: int
    source: Source
    parts: deque[Part | _Stop] = field(default_factory=deque)
    begin: Begin | None = None
    received: int = 0  # of the worker that has it
    known: int = 0  # of those that died on it
    deaths: int = 0
    changed: bool = False

    def add(self, part: Part | _Stop) -> int:
        """Take what comes next; returns the bytes that it holds."""
        if isinstance(part, End):
            if self.changed:
                fault = f'"{self.source.name}" has changed while it was read'
                part = part._replace(fault=fault)
            self.parts.append(part)
            return 0
        self.received += 1
        if isinstance(part, Begin):
            self.changed = self.begin not in (None, part)
            self.begin = part
        if isinstance(part, _Stop) or self.received > self.known:
            self.parts.append(part)
            return _size(part)
        return 0


def _size(part: Part | _Stop) -> int:
    return len(part) if isinstance(part, bytes) else 0


class _Worker:
    """A process, this end of the pipe to it, and the files that it has, in their order."""

    def __init__(self, job: bytes, threads: int) -> None:
        self._job, self._threads = job, threads
        self._starts = 0
        self.tasks: deque[_Task] = deque()
        self.start()

    def start(self) -> None:
        """Start the process, or another one in its place."""
        context = multiprocessing.get_context('spawn')  # a fork has no threads of its parent's
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_work, args=(other, self._threads), daemon=True)
        # Ctrl-C is for the process that was started; it tells the workers.
        with _without_interrupts():
            self.process.start()
        other.close()
        self._starts += 1
        self._send(self._job)
        for task in self.tasks:
            self._send(task.source)

    def _send(self, item: bytes | Source) -> None:
        """Send; of a worker that is dead one hears when reading from it."""
        with contextlib.suppress(ConnectionError):
            self.pipe.send(item)

    def give(self, task: _Task) -> None:
        """Give it one more file."""
        self.tasks.append(task)
        self._send(task.source)

    def receive(self) -> int:
        """Take what it has sent; returns the bytes that this holds.

        Raises:
            ChildProcessError: If it cannot be started.
        """
        held = 0
        try:
            while self.tasks and self.pipe.poll():
                part = self.pipe.recv()
                self._starts = 0
                if part is None:  # it is ready
                    continue
                held += self.tasks[0].add(part)
                if isinstance(part, (End, _Stop)):
                    self.tasks.popleft()
        except (EOFError, ConnectionError):
            self._replace()
        return held

    def _replace(self) -> None:
        """Let a new process go on with the files of one that died."""
        self.process.join()
        how = _death(self.process.exitcode)
        self.pipe.close()
        if self._starts:
            if self._starts == _MOST_DEATHS:
                raise ChildProcessError(
                    f'a worker cannot be started: its process {how}. If memory is short, let '
                    'there be fewer (--workers)'
                )
            self.start()
            return
        task = self.tasks[0]
        task.deaths += 1
        task.known, task.received = max(task.known, task.received), 0
        if task.deaths == _MOST_DEATHS:
            fault = f'{_MOST_DEATHS} workers died on it; the last process {how}'
            task.parts.append(End(0, False, {}, fault))
            self.tasks.popleft()
        self.start()

    def close(self) -> None:
        """End the process, at the next frame at the latest."""
        self.pipe.close()
        self.process.join(_PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _death(status: int | None) -> str:
    """How a process ended, in words."""
    if status is not None and status < 0:
        return f'was ended by signal {-status} ({signal.Signals(-status).name})'
    return f'ended with status {status}'


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach; where they cannot be, they ignore it later."""
    if not hasattr(signal, 'pthread_sigmask'):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Workers:
    """Processes that detect side by side; each holds the detector, and is given whole files.

    A worker that dies is replaced, and its file done anew, unless three have died of it.

    Args:
        job (FileDetector): What is done with a file.
        number (int): How many processes.
        threads (int): Threads of the CPU of each.
    """

    def __init__(self, job: FileDetector, number: int, threads: int = 1) -> None:
        content = pickle.dumps(job)
        self._workers: list[_Worker] = []
        try:
            for _ in range(number):
                self._workers.append(_Worker(content, threads))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> 'Workers':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.pipe.close()  # all at once
        for worker in self._workers:
            worker.close()

    def run(self, files: Iterable[tuple[int, Source]]) -> Iterator[tuple[int, Source, Part]]:
        """Detect in files.

        Args:
            files (Iterable): Numbers and files.

        Yields:
            tuple[int, Source, Part]: Number, file and what comes of it, in the order of the files.

        Raises:
            ChildProcessError: If a worker cannot be started.
            WriteError: If a worker cannot write an overlay.
        """
        left = iter(files)
        given: deque[_Task] = deque()
        held = 0
        while True:
            if held < _MOST_WAITING:
                self._give_out(left, given)
            while given and given[0].parts:
                task = given[0]
                part = task.parts.popleft()
                held -= _size(part)
                if isinstance(part, _Stop):
                    raise part.error
                yield task.number, task.source, part
                if isinstance(part, End):
                    given.popleft()
            if not given:
                # What was given out is done; nothing is left, or there is room for more.
                if not self._give_out(left, given):
                    return
                continue
            # The first file is always one that some worker is at, since each has them in order.
            listened = {
                worker.pipe: worker
                for worker in self._workers
                if worker.tasks and (held < _MOST_WAITING or worker.tasks[0] is given[0])
            }
            for pipe in wait(list(listened)):
                held += listened[pipe].receive()  # type: ignore[index]

    def _give_out(self, left: Iterator[tuple[int, Source]], given: deque[_Task]) -> bool:
        """Give files to workers that have few; returns whether there were any."""
        some = False
        for few in range(_AT_A_TIME):
            for worker in self._workers:
                if len(worker.tasks) > few:
                    continue
                item = next(left, None)
                if item is None:
                    return some
                task = _Task(*item)
                given.append(task)
                worker.give(task)
                some = True
        return some


def _work(pipe: Connection, threads: int) -> None:
    """What a worker does: load the detector, and go through the files that it is given."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter('ignore')  # the first process has said it
    cv2.setNumThreads(threads)
    with contextlib.suppress(EOFError, ConnectionError):
        try:
            job: FileDetector = pickle.loads(pipe.recv())
        except Exception as error:  # the network's file is gone, for example
            pipe.send(_Stop(_portable(error)))
            return
        pipe.send(None)
        while True:
            _detect(job, pipe.recv(), pipe)


def _detect(job: FileDetector, source: Source, pipe: Connection) -> None:
    """Send what comes of a file."""
    parts = job(source)
    while True:
        try:
            part: Any = next(parts, None)
        except Exception as error:
            part = _Stop(_portable(error))
        if part is None:
            return
        try:
            pipe.send(part)
        except ConnectionError:
            parts.close()  # which leaves no half of a video
            raise
        if isinstance(part, _Stop):
            return


def _portable(error: Exception) -> Exception:
    """An error that can be sent."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f'{type(error).__name__}: {error}')
    return error
