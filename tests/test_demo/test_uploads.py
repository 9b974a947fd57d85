"""What the page reads, and what it refuses before a pixel is decoded."""

import os
import time

import cv2
import numpy as np
import pytest
from pixel_bomb import png_of

from mdp_plugin.demo.uploads import Limits, delete_old_files, read_upload
from mdp_plugin.detection.sources import Source, read_frames
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

SCENES = SceneGenerator(SceneSettings(size=(48, 64)), seed=3)


def write_video(path, count, size=(48, 64)):
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 12, size[::-1])
    for index in range(count):
        picture = cv2.resize(SCENES(index).image, size[::-1])
        video.write(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
    video.release()
    return path


@pytest.mark.parametrize('suffix', ['.png', '.bmp', '.tif', '.jpg', '.webp', '.pgm'])
@pytest.mark.parametrize('kind', [np.uint8, np.uint16])
def test_pictures_keep_their_depth(tmp_path, suffix, kind):
    if kind == np.uint16 and suffix in ('.bmp', '.jpg', '.webp'):
        pytest.skip('a format of 8 bit')
    image = SCENES(0).image.astype(kind) * (257 if kind == np.uint16 else 1)
    cv2.imwrite(str(tmp_path / f'a{suffix}'), image)
    upload = read_upload(tmp_path / f'a{suffix}', Limits())
    assert upload.name == f'a{suffix}' and upload.rate is None and not upload.left_out
    (frame,) = upload.frames
    assert frame.dtype == kind and frame.shape[:2] == (48, 64)
    if suffix in ('.png', '.tif', '.pgm'):
        np.testing.assert_array_equal(frame, image)


def test_pages_and_videos_stop_at_the_limits(tmp_path):
    pages, clip = tmp_path / 'pages.tiff', write_video(tmp_path / 'clip.avi', 7)
    cv2.imwritemulti(str(pages), [SCENES(index).image for index in range(5)])
    for path, count in ((pages, 5), (clip, 7)):
        whole = read_upload(path, Limits())
        assert len(whole.frames) == count and not whole.left_out
        for limits in (Limits(frames=3), Limits(pixels=48 * 64 * 4 - 1)):
            part = read_upload(path, limits)
            assert len(part.frames) == 3 and part.left_out
            for kept, frame in zip(part.frames, read_frames(Source(path, path.name)), strict=False):
                np.testing.assert_array_equal(kept, frame.image)
    upload = read_upload(clip, Limits())
    assert upload.rate == 12 and upload.seconds == [index / 12 for index in range(7)]
    assert read_upload(pages, Limits()).seconds == [None] * 5


def test_many_pixels_are_refused_by_the_header(tmp_path):
    # 400 million pixels in half a megabyte: to decode them takes a second and half a gigabyte.
    bomb = tmp_path / 'bomb.png'
    bomb.write_bytes(png_of(20000, 20000))
    assert bomb.stat().st_size < 1e6
    start = time.perf_counter()
    with pytest.raises(ValueError, match=r'"bomb.png" has too many pixels; the limit is 32,000,0'):
        read_upload(bomb, Limits())
    assert time.perf_counter() - start < 0.5
    # Between the two, Pillow warns by itself; the limit is still the one that was asked for.
    medium = tmp_path / 'medium.png'
    medium.write_bytes(png_of(10000, 10000))
    with pytest.raises(ValueError, match='10000 x 10000 pixels; the limit is 32,000,000'):
        read_upload(medium, Limits())
    with pytest.raises(ValueError, match='64 x 48 pixels; the limit is 3,071'):
        read_upload(write_video(tmp_path / 'clip.avi', 2), Limits(pixels=48 * 64 - 1))
    # A page further back counts as well.
    pages = tmp_path / 'pages.tif'
    cv2.imwritemulti(str(pages), [np.zeros((40, 40), np.uint8), np.zeros((400, 400), np.uint8)])
    with pytest.raises(ValueError, match='400 x 400 pixels'):
        read_upload(pages, Limits(pixels=10_000))


def test_files_that_are_none(tmp_path):
    good = tmp_path / 'good.png'
    cv2.imwrite(str(good), SCENES(0).image)
    whole = good.read_bytes()
    playlist = b'#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n'
    two_pages = cv2.imencodemulti('.tif', [SCENES(0).image] * 2)[1].tobytes()
    place = two_pages.rfind(b'\0\1\3\0')  # width of the second page: tag 256, type 3
    cases = {
        'text.png': (b'no picture', 'is no picture'),
        'script.tif': (b'<script>alert(1)</script>', 'is no picture'),
        'empty.png': (b'', 'is empty'),
        'cut.png': (whole[: len(whole) // 2], 'is damaged'),
        'head.png': (whole[:20], 'is damaged|is no picture'),
        'cut.tif': (b'II*\0\xff\xff\xff\xff', 'is damaged|is no picture'),
        'circle.tif': (b'II*\0\x08\0\0\0\0\0\x08\0\0\0', 'is damaged|is no picture'),
        'page.tif': (two_pages[:place] + b'\0\1\0' + two_pages[place + 3 :], 'is damaged'),
        'text.mp4': (b'no video at all', 'is no video'),
        'list.avi': (playlist, 'is no video'),
        'cut.avi': (write_video(tmp_path / 'a.avi', 3).read_bytes()[:64], 'is damaged'),
        'head.mp4': (b'\0\0\0\x18ftypisom' + bytes(100), 'is damaged'),
        'notes.txt': (b'notes', 'neither a picture'),
        'vector.svg': (b'<svg/>', 'neither a picture'),
        'nothing': (whole, 'neither a picture'),
    }
    for name, (content, message) in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises((OSError, ValueError), match=message) as caught:
            read_upload(path, Limits())
        assert f'"{name}"' in str(caught.value) and str(tmp_path) not in str(caught.value)


def test_frames_that_are_too_small(tmp_path):
    for shape in ((1, 1), (31, 64)):
        cv2.imwrite(str(tmp_path / 'small.png'), np.zeros(shape, np.uint8))
        with pytest.raises(ValueError, match='32 on each side are needed'):
            read_upload(tmp_path / 'small.png', Limits())


def test_old_files_are_deleted(tmp_path):
    for name in ('old/a.png', 'old/b.png', 'tmp_old', 'tmp_new'):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b'x')
        if 'new' not in name and 'b' not in path.stem:
            os.utime(path, (time.time() - 700,) * 2)
    delete_old_files(tmp_path, 600)
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob('*') if path.is_file())
    assert left == ['old/b.png', 'tmp_new']


def test_size_of_the_file(tmp_path):
    path = tmp_path / 'noise.png'
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (200, 200), np.uint8))
    assert len(read_upload(path, Limits(megabytes=0.05)).frames) == 1
    with pytest.raises(ValueError, match=r'has 0.0 MB; the limit is 0.03 MB'):
        read_upload(path, Limits(megabytes=0.03))


def test_values_that_cannot_be_shown(tmp_path):
    values = np.zeros((40, 40), np.float32)
    values[3, 3] = np.nan
    cv2.imwrite(str(tmp_path / 'nan.tif'), values)
    assert len(read_upload(tmp_path / 'nan.tif', Limits()).frames) == 1  # filled later
    cv2.imwritemulti(str(tmp_path / 'two.tif'), [np.zeros((40, 40), np.uint8), values[:35] * 0])
    with pytest.raises(ValueError, match='several sizes'):
        read_upload(tmp_path / 'two.tif', Limits())
