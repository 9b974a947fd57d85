"""Cheap tests that a picture's file is whole: decoders fill what is missing and say nothing."""

import struct
import zlib

_PNG = b'\x89PNG\r\n\x1a\n'
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # lengths, of all versions
_JPEG, _JPEG_SCAN, _JPEG_END = b'\xff\xd8', b'\xff\xda', b'\xff\xd9'


def find_damage(content: bytes) -> str | None:
    """Say what is wrong with a picture's file, without decoding it.

    PNG: every chunk must be complete and match its checksum. BMP: the file must be as long as
    its header says, and the header, which the palette follows, of a length that there is. JPEG:
    its last scan must end. Of other formats the decoder notices.

    Args:
        content (bytes): The whole file.

    Returns:
        str | None: The fault in words, None if there is none.
    """
    if not content:
        return 'the file is empty'
    if content.startswith(_PNG):
        return _png_damage(content)
    if content.startswith(b'BM') and len(content) >= 18:
        declared, header = struct.unpack_from('<I8xI', content, 2)
        if len(content) < declared:
            return 'the BMP file is truncated'
        return None if header in _BMP_HEADERS else 'the BMP file has a damaged header'
    if content.startswith(_JPEG):
        # Neither marker occurs within a scan; a preview in the header has both.
        whole = content.rfind(_JPEG_END) > content.rfind(_JPEG_SCAN)
        return None if whole else 'the JPEG file is truncated'
    return None


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
