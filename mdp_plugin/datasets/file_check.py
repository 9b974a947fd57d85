"""Cheap tests that an image file is whole, so that training does not stop at a broken one."""

import struct
import zlib

import cv2
import numpy as np

_PNG = b'\x89PNG\r\n\x1a\n'


def find_damage(content: bytes) -> str | None:
    """Say what is wrong with an image file, without decoding it where that can be avoided.

    PNG: every chunk must be complete and match its checksum. BMP: the file must be as long as
    its header says. JPEG: it must hold its end marker. Anything else must be decodable.

    Args:
        content (bytes): The whole file.

    Returns:
        str | None: The fault in words, None if there is none.
    """
    if not content:
        return 'the file is empty'
    if content.startswith(_PNG):
        return _png_damage(content)
    if content.startswith(b'BM') and len(content) >= 14:
        declared = struct.unpack_from('<I', content, 2)[0]
        return 'the BMP file is truncated' if len(content) < declared else None
    if content.startswith(b'\xff\xd8'):
        return None if b'\xff\xd9' in content[-1024:] else 'the JPEG file is truncated'
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    return 'no image that OpenCV can read' if image is None else None


def _png_damage(content: bytes) -> str | None:
    position, view = len(_PNG), memoryview(content)
    while position + 12 <= len(content):
        length = struct.unpack_from('>I', content, position)[0]
        end = position + 8 + length
        if end + 4 > len(content):
            break
        if zlib.crc32(view[position + 4 : end]) != struct.unpack_from('>I', content, end)[0]:
            return 'the PNG file is corrupt (checksum)'
        if content[position + 4 : position + 8] == b'IEND':
            return None
        position = end + 4
    return 'the PNG file is truncated'
