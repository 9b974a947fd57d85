"""Small files that announce many pixels."""

import struct
import zlib


def png_of(width, height, rows):
    """A PNG of 8-bit grey that announces a size and holds some black rows."""

    def chunk(name, content):
        body = name + content
        return struct.pack('>I', len(content)) + body + struct.pack('>I', zlib.crc32(body))

    packer = zlib.compressobj(1)
    parts = [packer.compress(bytes(width + 1)) for _ in range(rows)]
    return (
        b'\x89PNG\r\n\x1a\n'
        + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0))
        + chunk(b'IDAT', b''.join([*parts, packer.flush()]))
        + chunk(b'IEND', b'')
    )
