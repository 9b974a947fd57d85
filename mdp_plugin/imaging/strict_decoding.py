"""A second, stricter decoder for formats whose first one makes up what is missing."""

import io

from PIL import Image, ImageSequence, UnidentifiedImageError

#: Formats without checksums that OpenCV decodes however damaged they are.
_FORMATS = ('JPEG', 'PPM', 'TIFF', 'WEBP')


def decoding_fault(content: bytes) -> str | None:
    """Say what is wrong with the compressed pixels of a picture.

    Args:
        content (bytes): The whole file.

    Returns:
        str | None: The fault in words; None if there is none, or Pillow does not read this kind.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            for page in ImageSequence.Iterator(picture):
                page.load()
    except (UnidentifiedImageError, Image.DecompressionBombError):
        return None
    except Exception as error:  # damaged files fail in many ways
        return f'it is damaged ({error})'
    return None
