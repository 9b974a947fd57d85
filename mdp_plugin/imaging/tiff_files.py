"""Pages of TIFF files, read one by one, as their tags say."""

import contextlib
import io
import itertools
import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..wording import counted
from .orientation import ORIENTATION, UPRIGHT, upright
from .strict_decoding import decoding_fault

#: Numbers of tags and values of the TIFF 6.0 specification.
PHOTOMETRIC = 262
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
WIDTH, LENGTH = 256, 257
PART_TAGS = (273, 279, 324, 325)  # places and lengths of strips and of tiles
EXTRA_SAMPLES = 338
SEPARATE_PLANES = 2
UNCOMPRESSED = 1
#: A page with more samples a pixel has no grey level, see ``to_grey``; it is not even decoded.
MOST_SAMPLES = 4

_STARTS = (b'II*\0', b'MM\0*', b'II+\0', b'MM\0+')

# What it logs is raised here, with the file's name.
logging.getLogger('tifffile').addHandler(logging.NullHandler())


def is_tiff(content: bytes) -> bool:
    """Whether a file that begins so is a TIFF, of either byte order, BigTIFF included."""
    return content[:4] in _STARTS


def has_several_pages(path: Path) -> bool:
    """Whether a file is a TIFF of more than one picture; previews and masks are none.

    Args:
        path (Path): A picture of any kind.

    Returns:
        bool: False of one that cannot be read, which is for the reader to say.
    """
    import tifffile

    try:
        with path.open('rb') as file:
            if not is_tiff(file.read(4)):
                return False
        with tifffile.TiffFile(path) as tiff:
            pages = itertools.islice(tiff.pages, 1, None)
            return any(not (page.is_reduced or page.is_mask) for page in pages)
    except Exception:  # tifffile has many errors for a damaged file
        return False


def read_pages(
    file: str | Path | io.BytesIO, name: str, *, most: int | None = None
) -> Iterator[np.ndarray]:
    """Read the pages of a TIFF one at a time, in a time that grows with their number.

    Previews and masks of other pages are left out. White is bright whatever the photometric
    interpretation, planes are joined, and pages are turned as their orientation says.

    Args:
        file (str | Path | BytesIO): The file.
        name (str): What an error message calls it.
        most (int, optional): How many pages it may have. Defaults to None: any number.

    Yields:
        np.ndarray: (H, W) or (H, W, C), OpenCV's order, at the file's depth.

    Raises:
        OSError: If it is no TIFF, is damaged or cut off, has more pages than ``most``, or is
            compressed in a way that is not read.
    """
    import tifffile

    with _reading(f'"{name}" as a TIFF'):
        tiff = tifffile.TiffFile(file)
    with tiff:
        pages: Iterator[Any] = iter(tiff.pages)
        count = 0
        while True:
            with _reading(f'page {count} of "{name}"'):
                page = next(pages, None)
                # Reduced pages and masks belong to another page.
                if page is None or (count and (page.is_reduced or page.is_mask)):
                    image = None
                elif count == most:
                    raise OSError(f'it holds several pages; {most} can be taken')
                else:
                    image = _decode(tiff, page)
            if page is None:
                break
            if image is not None:
                count += 1
                yield image
        with _reading(f'the end of "{name}"'):
            announced, whole = _announced(tiff), _ends(tiff)
        if not count:
            raise OSError(f'"{name}" is damaged: it holds no page')
        if announced > count:
            raise OSError(
                f'"{name}" is damaged: {count} of {counted(announced, "page")} can be read'
            )
        if not whole:
            raise OSError(f'"{name}" is damaged: it is cut off after {counted(count, "page")}')


@contextlib.contextmanager
def _reading(what: str) -> Iterator[None]:
    """Name what cannot be read; for damaged files tifffile has errors of many kinds."""
    try:
        yield
    except Exception as error:
        raise OSError(f'cannot read {what}: {error}') from error


def _announced(tiff: Any) -> int:
    """Number of pages that ImageJ has written into the file; 0 if it was another program."""
    return int((tiff.imagej_metadata or {}).get('images', 0))


def _ends(tiff: Any) -> bool:
    """Whether the chain of pages ends as it should, with a zero in place of the next one."""
    handle = tiff.filehandle
    handle.seek(tiff.pages.next_page_offset)
    end = handle.read(tiff.tiff.offsetsize)
    return len(end) == tiff.tiff.offsetsize and not any(end)


def _decode(tiff: Any, page: Any) -> np.ndarray:
    """Decode a page to (H, W) or (H, W, C)."""
    if page.samplesperpixel > MOST_SAMPLES or page.imagedepth > 1:
        raise OSError(f'a pixel has {page.samplesperpixel} x {page.imagedepth} samples')
    _check_tags(tiff, page)
    size = tiff.filehandle.size
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    if not parts or not all(at > 0 < length <= size - at for at, length in parts):
        raise OSError('its pixels are cut off')
    image = None
    if page.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB):
        # For LZW and JPEG tifffile wants a package larger than OpenCV, which reads them, too.
        with contextlib.suppress(_NeedsCodec):
            image = _by_tifffile(page)
    if image is None:
        image = _by_opencv(tiff, page)
    if image.ndim not in (2, 3):
        raise OSError(f'its pixels have the shape {image.shape}')
    # Decoders go on after damaged data and make up the rest.
    fault = None if page.compression == UNCOMPRESSED else decoding_fault(_one_page(tiff, page))
    if fault:
        raise OSError(fault)
    if page.photometric == WHITE_IS_ZERO:
        image = ~image if image.dtype.kind in 'bui' else -image
    return upright(image, page.tags.valueof(ORIENTATION, default=UPRIGHT))


def _check_tags(tiff: Any, page: Any) -> None:
    """Refuse a page with a damaged tag: for tifffile it is not there, and has its default.

    So white would be zero without the photometric interpretation, and differences would be levels
    without the predictor. Tags of another number show by their order, which the format prescribes.
    """
    handle, size = tiff.filehandle, tiff.tiff.tagsize
    handle.seek(page.offset)
    count = int.from_bytes(
        handle.read(tiff.tiff.tagnosize), 'little' if tiff.byteorder == '<' else 'big'
    )
    table = handle.read(count * size)
    codes = [code for (code,) in struct.iter_unpack(f'{tiff.byteorder}H{size - 2}x', table)]
    if codes != sorted(codes):
        raise OSError('it is damaged: its tags are out of order')
    told = {*_KEPT_TAGS, *PART_TAGS, ORIENTATION, EXTRA_SAMPLES}.intersection(codes)
    for code in sorted(told | {WIDTH, LENGTH, PHOTOMETRIC}):
        if code not in page.tags:
            raise OSError(f'it is damaged: tag {code} is missing, or cannot be read')


class _NeedsCodec(Exception):
    """A compression that tifffile has no code for."""


def _by_tifffile(page: Any) -> np.ndarray:
    """A page of plain samples, channels last, those of colours in OpenCV's order."""
    try:
        image = page.asarray()
    except (ImportError, ValueError) as error:
        if isinstance(error, ImportError) or 'imagecodecs' in str(error):
            raise _NeedsCodec from error
        raise
    if page.samplesperpixel > 1 and page.planarconfig == SEPARATE_PLANES:
        image = np.moveaxis(image, 0, 2)
    if image.ndim == 3 and image.shape[2] >= 3:
        image = image[..., [2, 1, 0, *range(3, image.shape[2])]]
    return image.astype(image.dtype.newbyteorder('='), copy=False)


def _by_opencv(tiff: Any, page: Any) -> np.ndarray:
    """A page that tifffile does not decode, with white and black as they are stored."""
    if page.planarconfig == SEPARATE_PLANES and page.samplesperpixel > 1:
        raise OSError('compressed planes are not read; save it uncompressed')
    content = _one_page(tiff, page)
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise OSError(f'{page.compression!r} is not read, or it is damaged')
    return image


def _one_page(tiff: Any, page: Any) -> bytes:
    """A page as a TIFF of its own.

    OpenCV takes longer for a page the more there are. Its versions differ in what they make of
    orientation and photometric interpretation, and it multiplies colours by an alpha that is not
    marked as multiplied already; the page is written so that they have nothing to do.
    """
    handle, order = tiff.filehandle, tiff.byteorder

    def read(at: int, length: int) -> bytes:
        handle.seek(at)
        return handle.read(length)

    parts = [read(*part) for part in zip(page.dataoffsets, page.databytecounts, strict=True)]
    offsets, ends = [], 8
    for part in parts:
        offsets.append(ends)
        ends += len(part)
    entries = {}
    for tag in page.tags:
        if tag.code in _KEPT_TAGS:
            entries[tag.code] = (tag.dtype, tag.count, read(tag.valueoffset, tag.valuebytecount))
    places, lengths = PART_TAGS[2:] if page.is_tiled else PART_TAGS[:2]
    for code, values in ((places, offsets), (lengths, map(len, parts))):
        entries[code] = (4, len(parts), struct.pack(f'{order}{len(parts)}I', *values))
    if page.photometric == WHITE_IS_ZERO:
        entries[PHOTOMETRIC] = (3, 1, struct.pack(order + 'H', BLACK_IS_ZERO))
    if page.extrasamples:
        count = len(page.extrasamples)
        entries[EXTRA_SAMPLES] = (3, count, struct.pack(f'{order}{count}H', *[1] * count))
    ends += ends % 2
    table = struct.pack(order + 'H', len(entries))
    beyond = b''  # values of more than four bytes stand behind the table
    place = ends + 2 + 12 * len(entries) + 4
    for code in sorted(entries):
        kind, count, value = entries[code]
        table += struct.pack(order + 'HHI', code, kind, count)
        if len(value) <= 4:
            table += value.ljust(4, b'\0')
        else:
            table += struct.pack(order + 'I', place + len(beyond))
            beyond += value + b'\0' * (len(value) % 2)
    start = (b'II*\0' if order == '<' else b'MM\0*') + struct.pack(order + 'I', ends)
    return b''.join([start, *parts]).ljust(ends, b'\0') + table + bytes(4) + beyond


#: What a decoder has to know of a page, besides where its parts are: sizes, samples, compression
#: with its options, predictor, colours and tiles.
_KEPT_TAGS = (
    256, 257, 258, 259, 262, 266, 277, 278, 284, 292, 293, 317, 320, 322, 323, 339, 347,
    529, 530, 531, 532,
)  # fmt: skip
