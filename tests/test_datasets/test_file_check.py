import cv2
import numpy as np
import pytest

from mdp_plugin.datasets.file_check import find_damage

IMAGE = np.random.default_rng(0).integers(0, 255, (32, 40)).astype(np.uint8)


def encoded(suffix: str) -> bytes:
    return cv2.imencode(suffix, IMAGE)[1].tobytes()


@pytest.mark.parametrize('suffix', ['.png', '.bmp', '.jpg', '.tif'])
def test_whole_files_pass(suffix):
    assert find_damage(encoded(suffix)) is None


@pytest.mark.parametrize('suffix', ['.png', '.bmp', '.jpg', '.tif'])
@pytest.mark.parametrize('keep', [0.1, 0.5, 0.95])
def test_cut_files_are_found(suffix, keep):
    content = encoded(suffix)
    assert find_damage(content[: int(len(content) * keep)])


def test_a_flipped_bit_in_a_png_is_found():
    content = bytearray(encoded('.png'))
    content[len(content) // 2] ^= 1
    assert 'checksum' in find_damage(bytes(content))


def test_what_is_no_image_is_found():
    assert find_damage(b'') == 'the file is empty'
    assert 'no image' in find_damage(b'<html>404</html>')
