"""Videos as files, by PyAV: read at their depth, written so that browsers play them."""

import contextlib
import functools
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..installation import install_command
from ..whole_files import part_of
from ..wording import counted

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mjpg', '.mjpeg')

#: Ticks a second of the videos that are written: common frame rates divide it.
TICKS = 90_000
#: What cameras call raw grey of 16 bit in an AVI; FFmpeg knows neither.
_RAW_GREY = (b'Y16 ', b'Y1\0\x10')
#: What FFmpeg takes raw pixels of 16 bit without a name for; for long no camera has written it.
_NAMELESS = ('rgb555le', 'rgb555be')


class VideoHeader(NamedTuple):
    """What a video announces.

    Attributes:
        width (int): Of its frames as they are stored.
        height (int): Of its frames as they are stored.
        frames (int): Their number, 0 if it is not announced.
        seconds (float): Their time together, 0 if it is not announced.
        rate (float): Frames a second, on average.
    """

    width: int
    height: int
    frames: int
    seconds: float
    rate: float


def video_header(path: Path) -> VideoHeader:
    """Read what a video announces, without decoding it.

    Args:
        path (Path): The file.

    Returns:
        VideoHeader: Size, number of frames, duration and rate.

    Raises:
        ImportError: If PyAV is not installed.
        OSError: If it cannot be read as a video.
    """
    with _opened(path) as (container, stream):
        return _header(path, container, stream)


def read_video(path: Path) -> Iterator[tuple[np.ndarray, float]]:
    """Read the frames of a video, one at a time, turned as its rotation says.

    Args:
        path (Path): The file.

    Yields:
        tuple[np.ndarray, float]: A frame, and the seconds from the first one to it. Grey frames
        are (H, W) with the values that are stored, uint8, uint16 or float32; colours are
        (H, W, 3) in OpenCV's order, uint8, or uint16 in 0..65535 if they are deeper.

    Raises:
        ImportError: If PyAV is not installed.
        OSError: If it cannot be read as a video, is damaged, or ends before it should.
    """
    av = pyav()
    frames = packets = 0
    with _opened(path) as (container, stream):
        header = _header(path, container, stream)
        clock = Clock(header.rate)
        decode = _decoder(path, stream)
        try:
            for packet in container.demux(stream):
                if packet.is_corrupt:
                    raise OSError(
                        f'"{path}" is damaged: it is cut off after {counted(frames, "frame")}'
                    )
                packets += packet.size > 0
                for image, time in decode(packet):
                    frames += 1
                    yield image, clock.since_first(time)
        except (av.FFmpegError, ValueError) as error:
            number = counted(frames, 'frame')
            raise OSError(f'"{path}" is damaged after {number}: {words_of(error)}') from error
        if not frames:
            raise OSError(f'"{path}" holds no frame that can be read')
        if _ends_early(path, container, packets, clock, header):
            announced = header.frames or round(header.seconds * header.rate) or packets
            number = counted(announced, 'frame')
            raise OSError(f'"{path}" is damaged: {frames} of {number} can be read')


def _ends_early(
    path: Path, container: Any, packets: int, clock: 'Clock', header: VideoHeader
) -> bool:
    """Whether a video that was read to its end without an error is shorter than it should be."""
    if 'mp4' in container.format.name:
        # It lists its frames, also those before a cut that only changed the list.
        return packets < header.frames or _boxes_are_cut(path)
    # Of a camera that left out frames the others still have their times.
    return clock.falls_short_of(header.seconds)


def _boxes_are_cut(path: Path) -> bool:
    """Whether the last box of an MP4 is longer than the file."""
    size = path.stat().st_size
    place = 0
    with path.open('rb') as file:
        while place < size:
            file.seek(place)
            head = file.read(16)
            if len(head) < 8:
                return True
            length = struct.unpack_from('>I', head)[0]
            if length == 1 and len(head) == 16:
                length = struct.unpack_from('>Q', head, 8)[0]
            if length < 8:  # to the end of the file, or padding
                return False
            place += length
    return place > size


class Clock:
    """Times of frames, and whether they reach a video's announced end."""

    def __init__(self, rate: float) -> None:
        self._step = 1 / rate
        self._first: float | None = None
        self._last = -self._step
        self._shortest, self._longest = np.inf, 0.0

    def since_first(self, time: float | None) -> float:
        """Seconds from the first frame to one; one without a time follows at the usual rate."""
        if time is None:
            time = self._last + self._step
        if self._first is None:
            self._first = time
        else:
            self._shortest = min(self._shortest, time - self._last)
            self._longest = max(self._longest, time - self._last)
        self._last = time
        return time - self._first

    def falls_short_of(self, seconds: float) -> bool:
        """Whether at least one more frame is missing at the end."""
        if self._longest > 1.5 * self._shortest:  # of a variable rate the last may be shown long
            return self._last + self._longest + self._step / 2 < seconds
        return self._last + 1.5 * self._step < seconds


def pyav() -> Any:
    """Import PyAV.

    Raises:
        ImportError: If it is not installed; names the command.
    """
    try:
        import av
    except ImportError as error:
        raise ImportError(
            f'videos are read and written by PyAV: {install_command("video")}'
        ) from error
    return av


def words_of(error: Exception) -> str:
    """An error without FFmpeg's number and function."""
    return getattr(error, 'strerror', None) or str(error)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open a video for reading: the container, and its first stream of pictures."""
    av = pyav()
    try:
        # Other files and addresses, which a playlist may name, are not read.
        options = {'protocol_whitelist': 'file'}
        container = av.open(str(path.absolute()), metadata_errors='replace', options=options)
    except (av.FFmpegError, UnicodeError) as error:
        raise OSError(f'cannot read "{path}" as a video: {words_of(error)}') from error
    with container:
        if not container.streams.video:
            raise OSError(f'"{path}" holds no pictures')
        yield container, container.streams.video[0]


def _header(path: Path, container: Any, stream: Any) -> VideoHeader:
    context = stream.codec_context
    size = (context.width, context.height) if context else _raw_grey_size(path)
    if size is None or min(size) <= 0:
        raise OSError(f'cannot read "{path}" as a video: its format is unknown')
    frames, seconds = stream.frames, 0.0
    if 'mp4' in container.format.name:
        frames = len(stream.index_entries)
    if stream.duration:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration and len(container.streams) == 1:
        seconds = container.duration / 1e6
    rate = stream.average_rate or stream.guessed_rate or 25
    return VideoHeader(size[0], size[1], frames, seconds, float(rate))


def _decoder(path: Path, stream: Any) -> Any:
    """What makes frames with their times of a packet."""
    size = _raw_grey_size(path)
    if size is not None:
        return functools.partial(_raw_grey, size=size)
    return decode_strictly(stream, f'"{path}"')


def decode_strictly(
    stream: Any, name: str
) -> Callable[[Any], Iterator[tuple[np.ndarray, float | None]]]:
    """Make what decodes the packets of a stream, and raises where a frame is not whole.

    Args:
        stream (Any): PyAV's stream of pictures.
        name (str): What it is called in a message.

    Returns:
        Callable: Takes a packet, yields frames as :func:`read_video` does, with their times.

    Raises:
        OSError: If the stream does not say what its pixels are.
    """
    context = stream.codec_context
    if context.codec.name == 'rawvideo' and context.pix_fmt in _NAMELESS:
        raise OSError(
            f'{name} holds raw pixels of 16 bit and does not say of what kind; save the video as '
            'FFV1 in a .mkv, which does'
        )
    context.options = {'err_detect': 'explode'}  # an error is no frame that is half right
    return _decoded


def _decoded(packet: Any) -> Iterator[tuple[np.ndarray, float | None]]:
    for frame in packet.decode():
        if frame.is_corrupt:
            raise ValueError('a frame is incomplete')
        if frame.format.name.startswith('gray'):
            image = frame.to_ndarray()
        else:
            deep = max(component.bits for component in frame.format.components) > 8
            image = frame.to_ndarray(format='bgr48le' if deep else 'bgr24')
        image = image.astype(image.dtype.newbyteorder('='), copy=False)
        yield np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90))), frame.time


def _raw_grey_size(path: Path) -> tuple[int, int] | None:
    """Width and height of an AVI of raw grey of 16 bit; None of any other file."""
    with path.open('rb') as file:
        start = file.read(4096)
    at = start.find(b'strf') + 8
    if at < 8 or len(start) < at + 20 or start[at + 16 : at + 20] not in _RAW_GREY:
        return None
    width, height = struct.unpack_from('<ii', start, at + 4)
    return width, abs(height)


def _raw_grey(packet: Any, size: tuple[int, int]) -> Iterator[tuple[np.ndarray, float | None]]:
    if packet.size:
        image = np.frombuffer(bytes(packet), '<u2').astype(np.uint16).reshape(size[::-1])
        yield image, None if packet.pts is None else float(packet.pts * packet.time_base)


class VideoWriter:
    """Write an MP4 (H.264, 4:2:0) that keeps the time of every frame, and that browsers play.

    The file has its name when it is whole; see :func:`~mdp_plugin.whole_files.part_of`.

    Args:
        path (Path): The file, '.mp4'.
        rate (float): Usual frames a second, for which the compression is tuned, and by which the
            last frame is shown.

    Raises:
        ImportError: If PyAV is not installed.
        OSError: If it cannot be written.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self._av = pyav()
        self._path = path
        self._part = part_of(path)
        self._ticks = -1
        self._rate = Fraction(rate).limit_denominator(1001)
        self._stream: Any = None
        # An index at the beginning lets browsers start before they have the whole file.
        self._container = self._av.open(
            str(self._part), 'w', format='mp4', options={'movflags': 'faststart'}
        )

    def write(self, picture: np.ndarray, seconds: float) -> None:
        """Add a frame.

        Args:
            picture (np.ndarray): uint8 (H, W, 3), BGR. The first one settles the size; for odd
                ones the last column or row is repeated, since 4:2:0 has even ones only.
            seconds (float): Its time from the first one.
        """
        height, width = picture.shape[:2]
        if self._stream is None:
            # Without frames that refer to later ones, each is shown as long as it should be.
            options = {'crf': '18', 'preset': 'veryfast', 'bf': '0'}
            self._stream = self._container.add_stream('libx264', rate=self._rate, options=options)
            self._stream.width, self._stream.height = width + width % 2, height + height % 2
            self._stream.pix_fmt = 'yuv420p'
            self._stream.codec_context.time_base = Fraction(1, TICKS)
        padding = ((0, height % 2), (0, width % 2), (0, 0))
        frame = self._av.VideoFrame.from_ndarray(np.pad(picture, padding, mode='edge'), 'bgr24')
        self._ticks = max(round(seconds * TICKS), self._ticks + 1)
        frame.pts, frame.time_base = self._ticks, Fraction(1, TICKS)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """End the file and give it its name."""
        self._container.mux(self._stream.encode())
        self._container.close()
        self._part.replace(self._path)

    def discard(self) -> None:
        """Leave nothing of a file that cannot be finished."""
        with contextlib.suppress(OSError):
            self._container.close()
        self._part.unlink(missing_ok=True)
