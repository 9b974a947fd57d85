"""What `mdpnet detect` looks at: files, a stream, or a folder that grows."""

import argparse
import contextlib
import signal
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from ..detection.growing_folder import GrowingFolder
from ..detection.sources import Source, find_sources, live_source
from ..imaging.live_video import STANDARD_INPUT, LiveVideo, RawFrames, is_live

#: Seconds without a frame after which a stream is given up.
TIMEOUT = 10.0


@contextlib.contextmanager
def named_sources(args: argparse.Namespace) -> Iterator[Sequence[Source]]:
    """Find what the command line names.

    SIGINT and SIGTERM end a stream and a growing folder as their sender would.

    Args:
        args (argparse.Namespace): What the command line holds.

    Yields:
        Sequence[Source]: The files, the stream alone, or a
        :class:`~mdp_plugin.detection.growing_folder.GrowingFolder`.

    Raises:
        OSError: If an input names nothing, or a stream cannot be opened.
        ValueError: If the options do not fit the inputs.
    """
    streams = [text for text in args.inputs if is_live(text)]
    if args.raw and streams != [STANDARD_INPUT]:
        raise ValueError('--raw says what standard input holds; give - as the only input')
    if args.follow:
        with _growing_folder(args) as folder:
            yield folder
    elif streams:
        with _stream(args, streams[0]) as stream:
            yield [stream]
    elif args.timeout is not None:
        raise ValueError('--timeout is for streams and for --follow')
    else:
        yield find_sources(args.inputs, args.out, sequences=args.track)


@contextlib.contextmanager
def _growing_folder(args: argparse.Namespace) -> Iterator[GrowingFolder]:
    """The folder that is to be followed."""
    if len(args.inputs) > 1:
        raise ValueError('--follow looks at one folder; leave the other inputs out')
    if args.track:
        raise ValueError('--track needs the frames in their order; leave --follow out')
    timeout = None if args.timeout is None else _positive(args.timeout)
    with _ended_by_signals() as ended:
        yield GrowingFolder(args.inputs[0], args.out, timeout=timeout, stop=ended.is_set)


@contextlib.contextmanager
def _stream(args: argparse.Namespace, place: str) -> Iterator[Source]:
    """The stream."""
    if len(args.inputs) > 1:
        raise ValueError('a stream is looked at alone; leave the other inputs out')
    timeout = _positive(TIMEOUT if args.timeout is None else args.timeout)
    raw = RawFrames.parse(args.raw, args.frame_rate) if args.raw else None
    with _ended_by_signals() as ended:
        live = LiveVideo(place, timeout=timeout, raw=raw, stop=ended.is_set)
        try:
            yield live_source(live)
        finally:
            live.close()


def _positive(timeout: float) -> float:
    if not 0 < timeout < 1e6:
        raise ValueError(f'--timeout must be positive, got {timeout!r}')
    return timeout


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[threading.Event]:
    """Note the wish to end, once; the second time it ends at once."""
    ended = threading.Event()

    def end(*_: Any) -> None:
        if ended.is_set():
            raise KeyboardInterrupt
        ended.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    usual = [signal.signal(number, end) for number in numbers]
    try:
        yield ended
    finally:
        for number, handler in zip(numbers, usual):
            signal.signal(number, handler)
