"""Frames that come while they are made: from addresses, standard input and cameras."""

import os
import re
import select
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import cv2
import numpy as np

from .picture_files import IMAGE_SUFFIXES
from .video_files import VIDEO_SUFFIXES, Clock, decode_strictly, pyav, words_of

#: Kinds of addresses behind which frames come without end.
SCHEMES = ('rtsp', 'rtsps', 'rtmp', 'rtmps', 'rtp', 'tcp', 'udp', 'srt')
#: What stands for standard input.
STANDARD_INPUT = '-'
#: Seconds between two looks whether to stop, while nothing comes.
_LOOK = 0.2


def is_live(text: str) -> bool:
    """Whether a text names a stream: ``-``, the number of a camera, or an address.

    An address of HTTP whose path has the suffix of a picture or a video is a file.
    """
    if text == STANDARD_INPUT or (text.isdecimal() and not os.path.exists(text)):
        return True
    address = urlsplit(text)
    if address.scheme in ('http', 'https'):
        return os.path.splitext(address.path)[1].lower() not in (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)
    return address.scheme in SCHEMES


class RawFrames(NamedTuple):
    """Frames without any description, as they follow each other in a pipe.

    Attributes:
        width (int): In pixels.
        height (int): In pixels.
        pixels (str): FFmpeg's name of the pixels, such as 'gray' or 'gray16le'.
        rate (float | None): Frames a second; None if nothing is known of it.
    """

    width: int
    height: int
    pixels: str
    rate: float | None = None

    @classmethod
    def parse(cls, text: str, rate: float | None = None) -> 'RawFrames':
        """Read ``640x512:gray16le``.

        Raises:
            ImportError: If PyAV is not installed.
            ValueError: If it is something else.
        """
        match = re.fullmatch(r'(\d{1,5})x(\d{1,5}):(\w+)', text)
        if not match or not int(match[1]) * int(match[2]):
            raise ValueError(f'"{text}" says nothing of raw frames; expected 640x512:gray16le')
        try:
            pyav().VideoFormat(match[3])
        except ValueError:
            raise ValueError(
                f'"{match[3]}" is no kind of pixels that FFmpeg knows (`ffmpeg -pix_fmts`)'
            ) from None
        return cls(int(match[1]), int(match[2]), match[3], rate)


class LiveVideo:
    """Frames that come one after the other, until the stream ends, stalls or is to stop.

    Memory does not grow: a frame is read when it is asked for. What goes wrong after the first
    frame ends the frames and is told by ``problem``, since those before it are good.

    Args:
        place (str): See :func:`is_live`.
        timeout (float): Seconds without a frame after which the stream counts as stalled.
        raw (RawFrames, optional): What standard input holds. Defaults to None: an encoded video.
        stop (Callable): Says whether to end. Defaults to never.

    Attributes:
        name (str): The place without user and password.
        rate (float | None): Frames a second, if the stream says it.
        problem (str | None): Why the frames have ended; None if they should.
        damaged (int): Packets that could not be decoded.
        begun (int): When it was opened, in nanoseconds.
        count (int): Frames that have come.

    Raises:
        ImportError: If PyAV is not installed.
        OSError: If there is no such stream, or nothing comes.
    """

    def __init__(
        self,
        place: str,
        *,
        timeout: float = 10.0,
        raw: RawFrames | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.name = _public_name(place)
        self.problem: str | None = None
        self.damaged = 0
        self.begun = time.time_ns()
        self.count = 0
        self._first = self._last = 0.0
        self.rate: float | None = None
        self._timeout, self._stop = timeout, stop
        self._never_ends = place != STANDARD_INPUT
        self._frames: Iterator[tuple[np.ndarray, float | None]]
        if place.isdecimal():
            self._source: Any = cv2.VideoCapture(int(place))
            if not self._source.isOpened():
                raise OSError(f'{self.name} cannot be opened')
            self.rate = self._source.get(cv2.CAP_PROP_FPS) or None
            self._frames = self._of_camera()
        else:
            self._source = self._opened(place, raw)
            if not self._source.streams.video:
                self._source.close()
                raise OSError(f'{self.name} holds no pictures')
            stream = self._source.streams.video[0]
            rate = raw.rate if raw else stream.average_rate or stream.guessed_rate
            self.rate = rate and float(rate)
            self._frames = self._of_stream(stream, timed=raw is None)

    @property
    def pace(self) -> float:
        """Frames a second that have come so far, by the clock of this machine."""
        return (self.count - 1) / max(self._last - self._first, 1e-9) if self.count > 1 else 0.0

    def __iter__(self) -> Iterator[tuple[np.ndarray, float | None]]:
        """Read the frames, once.

        Yields:
            tuple[np.ndarray, float | None]: A frame as :func:`.video_files.read_video` yields it,
            and the seconds from the first one to it; None of raw frames without a rate.
        """
        try:
            for frame in self._frames:
                self.count += 1
                self._last = time.monotonic()
                self._first = self._first or self._last
                yield frame
                if self._stop():
                    return
            if self._never_ends:
                self.problem = f'the stream has ended after {self.count} frames'
            elif not self.count:
                self.problem = 'no frame has come'
        except OSError as error:
            self.problem = f'{error}, after {self.count} frames'
        except _Stopped:
            return
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the stream."""
        if isinstance(self._source, cv2.VideoCapture):
            self._source.release()
        else:
            self._source.close()

    def _opened(self, place: str, raw: RawFrames | None) -> Any:
        av = pyav()
        options: dict[str, str] = {}
        if raw:
            options = {'video_size': f'{raw.width}x{raw.height}', 'pixel_format': raw.pixels}
        elif place.startswith('rtsp'):
            options = {'rtsp_transport': 'tcp'}  # packets that are lost would be damaged frames
        try:
            if place == STANDARD_INPUT:
                pipe = _Pipe(sys.stdin.fileno(), self._timeout, self._stop)
                return av.open(pipe, format='rawvideo' if raw else None, options=options)
            return av.open(place, timeout=self._timeout, options=options)
        except _Stopped:
            raise KeyboardInterrupt from None
        except (av.FFmpegError, TimeoutError) as error:
            raise OSError(f'{self.name} cannot be read as a video: {self._words(error)}') from error

    def _words(self, error: Exception) -> str:
        av = pyav()
        if isinstance(error, (TimeoutError, av.ExitError)):
            return f'nothing has come for {self._timeout:g} seconds'
        return words_of(error)

    def _of_stream(self, stream: Any, timed: bool) -> Iterator[tuple[np.ndarray, float | None]]:
        av = pyav()
        decode = decode_strictly(stream, self.name)
        clock = Clock(self.rate or 25)
        whole = False  # whether what the next packet refers to was decoded
        last = time.monotonic()
        packets = self._source.demux(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, TimeoutError) as error:
                raise OSError(self._words(error)) from error
            if not (whole or packet.is_keyframe or not packet.size):
                continue
            try:
                for image, at in decode(packet):
                    last = time.monotonic()
                    # A pipe of raw frames has FFmpeg's usual rate, which nobody has measured.
                    at = at if timed else None
                    yield image, clock.since_first(at) if timed or self.rate else None
                whole = True
            except (av.FFmpegError, ValueError):
                self.damaged += 1
                whole = False
            if time.monotonic() - last > self._timeout:
                raise OSError(f'what comes could not be decoded for {self._timeout:g} seconds')

    def _of_camera(self) -> Iterator[tuple[np.ndarray, float | None]]:
        start = None
        while True:
            there, image = self._source.read()
            if not there:
                return
            now = time.monotonic()
            start = now if start is None else start
            yield image, now - start


class _Stopped(Exception):
    """It is to end while nothing comes."""


class _Pipe:
    """A file that FFmpeg reads from, with a limit on how long nothing may come."""

    def __init__(self, descriptor: int, timeout: float, stop: Callable[[], bool]) -> None:
        self._descriptor, self._timeout, self._stop = descriptor, timeout, stop

    def read(self, size: int) -> bytes:
        """Read what is there, up to a size; nothing at the end."""
        end = time.monotonic() + self._timeout
        while not select.select([self._descriptor], [], [], _LOOK)[0]:
            if self._stop():
                raise _Stopped
            if time.monotonic() > end:
                raise TimeoutError
        return os.read(self._descriptor, size)


def _public_name(place: str) -> str:
    """What a stream is called; passwords are nobody's business."""
    if place == STANDARD_INPUT:
        return 'standard input'
    if place.isdecimal():
        return f'camera {place}'
    address = urlsplit(place)
    return address._replace(netloc=address.netloc.rpartition('@')[2], query='').geturl()
