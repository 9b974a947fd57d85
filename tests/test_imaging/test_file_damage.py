"""What tells a whole file from a cut one before a decoder fills what is missing."""

import cv2
import numpy as np
import pytest
from PIL import Image

from mdp_plugin.imaging.file_damage import find_damage
from mdp_plugin.imaging.picture_files import decode_image

IMAGE = np.random.default_rng(0).integers(0, 255, (32, 40)).astype(np.uint8)
SUFFIXES = ('.png', '.bmp', '.jpg', '.tif', '.pgm', '.webp')


def encoded(suffix: str) -> bytes:
    return cv2.imencode(suffix, IMAGE)[1].tobytes()


@pytest.mark.parametrize('suffix', SUFFIXES)
def test_whole_files_pass(suffix):
    assert find_damage(encoded(suffix)) is None
    assert decode_image(encoded(suffix), 'a').shape[:2] == IMAGE.shape


@pytest.mark.parametrize('suffix', SUFFIXES)
@pytest.mark.parametrize('keep', [0.1, 0.5, 0.95])
def test_cut_files_are_found(suffix, keep):
    content = encoded(suffix)
    with pytest.raises(OSError, match='"a"'):
        decode_image(content[: int(len(content) * keep)], 'a')


def test_a_flipped_bit_in_a_png_is_found():
    content = bytearray(encoded('.png'))
    content[len(content) // 2] ^= 1
    assert 'checksum' in find_damage(bytes(content))


def test_a_jpeg_is_judged_by_its_own_end(tmp_path):
    """A preview in the header ends, too, and what a camera adds behind is no damage."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x927C] = encoded('.jpg')
    Image.fromarray(IMAGE).save(tmp_path / 'a.jpg', exif=exif)
    content = (tmp_path / 'a.jpg').read_bytes()
    assert content.count(b'\xff\xd9') == 2
    assert find_damage(content) is None and find_damage(content + bytes(5000)) is None
    assert 'truncated' in find_damage(content[:-100])


def test_what_is_no_image_is_found():
    assert find_damage(b'') == 'the file is empty'
    with pytest.raises(OSError, match='as an image'):
        decode_image(b'<html>404</html>', 'a')
