"""Small files that hold many pixels."""

import struct
import zlib


def png_of(width, height):
    """A PNG of 8-bit grey that is black."""

    def chunk(name, content):
        body = name + content
        return struct.pack('>I', len(content)) + body + struct.pack('>I', zlib.crc32(body))

    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(width + 1)) for _ in range(height)]
    return (
        b'\x89PNG\r\n\x1a\n'
        + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0))
        + chunk(b'IDAT', b''.join([*parts, packer.flush()]))
        + chunk(b'IEND', b'')
    )
