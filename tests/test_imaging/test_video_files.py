"""Videos at their depth and time, damaged ones, and those that are written."""

import av
import cv2
import numpy as np
import pytest
from drawn_videos import write_video

from mdp_plugin.imaging.video_files import VideoWriter, read_video, video_header

RNG = np.random.default_rng(0)
DEEP = [RNG.integers(0, 65536, (96, 128)).astype(np.uint16) for _ in range(20)]
PALE = [(frame >> 8).astype(np.uint8) for frame in DEEP]
COLOURED = [cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR) for frame in PALE]
#: Container, codec and pixels, and what the frames are made of.
KINDS = {
    'h264.mp4': ('libx264', 'yuv420p', COLOURED),
    'index_first.mp4': ('libx264', 'yuv420p', COLOURED),
    'in_parts.mp4': ('libx264', 'yuv420p', COLOURED),
    'h264.mov': ('libx264', 'yuv420p', COLOURED),
    'h264.mkv': ('libx264', 'yuv420p', COLOURED),
    'vp8.webm': ('libvpx', 'yuv420p', COLOURED),
    'mjpeg.avi': ('mjpeg', 'yuvj420p', COLOURED),
    'mpeg4.avi': ('mpeg4', 'yuv420p', COLOURED),
    'mjpeg.mjpeg': ('mjpeg', 'yuvj420p', COLOURED),
    'ffv1.mkv': ('ffv1', 'gray16le', DEEP),
    'ffv1.avi': ('ffv1', 'gray16le', DEEP),
}
FLAGS = {'index_first.mp4': 'faststart', 'in_parts.mp4': 'frag_keyframe+empty_moov'}


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    root = tmp_path_factory.mktemp('videos')
    for name, (codec, pixels, frames) in KINDS.items():
        options = {'movflags': FLAGS[name]} if name in FLAGS else {}
        write_video(root / name, frames, codec, pixels, **options)
    return root


@pytest.mark.parametrize('name', KINDS)
def test_whole_and_cut_videos(videos, tmp_path, name):
    """A whole one is read to its end; a cut one is damaged, wherever the cut is."""
    content = (videos / name).read_bytes()
    read = list(read_video(videos / name))
    assert len(read) == 20
    if not name.endswith('.mjpeg'):  # which has no times
        assert [time for _, time in read] == pytest.approx(np.arange(20) / 12, abs=2e-3)
    for keep in (0.3, 0.55, 0.97):
        (tmp_path / name).write_bytes(content[: int(keep * len(content))])
        with pytest.raises(OSError, match='is damaged|as a video') as caught:
            list(read_video(tmp_path / name))
        assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize('name', [n for n in KINDS if 'h264' in n or n.endswith('.avi')])
def test_a_hole_in_the_middle(videos, tmp_path, name):
    content = bytearray((videos / name).read_bytes())
    middle = len(content) // 2
    content[middle : middle + len(content) // 8] = bytes(len(content) // 8)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(OSError, match='is damaged'):
        list(read_video(tmp_path / name))


@pytest.mark.parametrize('name', ['ffv1.mkv', 'ffv1.avi'])
def test_16_bit_are_16_bit(videos, name):
    for (image, _), frame in zip(read_video(videos / name), DEEP, strict=True):
        assert image.dtype == np.uint16
        np.testing.assert_array_equal(image, frame)


@pytest.mark.parametrize('bits', [10, 12, 14])
def test_other_depths_keep_their_counts(tmp_path, bits):
    counts = [frame >> (16 - bits) for frame in DEEP[:3]]
    with av.open(str(tmp_path / 'a.mkv'), 'w') as container:
        stream = container.add_stream('ffv1', rate=12)
        stream.width, stream.height, stream.pix_fmt = 128, 96, f'gray{bits}le'
        for frame in counts:
            picture = av.VideoFrame(128, 96, f'gray{bits}le')
            picture.planes[0].update(frame.tobytes())
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    for (image, _), frame in zip(read_video(tmp_path / 'a.mkv'), counts, strict=True):
        np.testing.assert_array_equal(image, frame)


def test_deep_colours_are_deep(tmp_path):
    steep = np.linspace(0, 255, 128).astype(np.uint8)[None, :, None].repeat(96, 0).repeat(3, 2)
    write_video(tmp_path / 'a.mkv', [steep] * 3, 'libx264', 'yuv420p10le')
    image, _ = next(read_video(tmp_path / 'a.mkv'))
    assert image.dtype == np.uint16 and image.shape == (96, 128, 3)
    np.testing.assert_allclose(image / 257, steep, atol=4)


def raw_avi(path, tag):
    """An AVI of raw pixels, of which FFmpeg itself would not write the name."""
    write_video(path, DEEP[:3], 'rawvideo')
    content = bytearray(path.read_bytes())
    at = content.index(b'strf') + 24
    content[at : at + 4] = tag
    path.write_bytes(content)
    return path


def test_raw_pixels_of_16_bit(tmp_path):
    path = raw_avi(tmp_path / 'a.avi', b'Y16 ')
    header = video_header(path)
    assert (header.width, header.height, header.frames) == (128, 96, 3)
    for (image, time), (index, frame) in zip(read_video(path), enumerate(DEEP[:3]), strict=True):
        np.testing.assert_array_equal(image, frame)
        assert time == pytest.approx(index / 12)
    # Without a name FFmpeg takes them for colours of 5 bit.
    with pytest.raises(OSError, match='does not say of what kind; save the video as FFV1'):
        list(read_video(raw_avi(tmp_path / 'b.avi', bytes(4))))
    with pytest.raises(OSError, match='its format is unknown'):
        list(read_video(raw_avi(tmp_path / 'c.avi', b'Y99 ')))


@pytest.mark.parametrize('turned', [0, 90, 180, 270])
def test_rotation(tmp_path, turned):
    pytest.importorskip('av', minversion='18')  # which can write what is read here
    corner = np.zeros((96, 128, 3), np.uint8)
    corner[:48, :64] = 255
    write_video(tmp_path / 'a.mp4', [corner] * 3, 'libx264', 'yuv420p', turned=turned)
    for image, _ in read_video(tmp_path / 'a.mp4'):
        expected = np.rot90(corner, turned // 90)
        assert image.shape == expected.shape
        np.testing.assert_allclose(image, expected, atol=16)


def test_what_is_no_video(tmp_path):
    cases = {
        'text.mp4': b'no video at all',
        'list.avi': b'#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n',
        'empty.mkv': b'',
    }
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(OSError, match=f'cannot read ".*{name}" as a video'):
            list(read_video(tmp_path / name))


TIMES = [0, 0.04, 0.1, 0.5, 0.51, 2.0, 2.25]


@pytest.mark.parametrize('size', [(96, 128), (97, 127), (33, 32), (32, 35)])
def test_written_videos_play_in_browsers_and_lose_nothing(tmp_path, size):
    pictures = [
        np.full((*size, 3), level, np.uint8) for level in np.linspace(30, 220, 7).astype(int)
    ]
    for picture in pictures:
        picture[-1, -1] = 255
    video = VideoWriter(tmp_path / 'a.mp4', 12)
    for picture, time in zip(pictures, TIMES, strict=True):
        assert not (tmp_path / 'a.mp4').exists()
        video.write(picture, time)
    video.close()
    assert [path.name for path in tmp_path.iterdir()] == ['a.mp4']
    with av.open(str(tmp_path / 'a.mp4')) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == ('h264', 'yuv420p')
        assert float(stream.duration * stream.time_base) == pytest.approx(2.25 + 1 / 12, abs=1e-4)
    content = (tmp_path / 'a.mp4').read_bytes()
    assert content.index(b'moov') < content.index(b'mdat')
    read = list(read_video(tmp_path / 'a.mp4'))
    assert [time for _, time in read] == pytest.approx(TIMES, abs=1e-4)
    for (image, _), picture in zip(read, pictures, strict=True):
        height, width = size
        assert image.shape == (height + height % 2, width + width % 2, 3)
        difference = image[: height // 2, : width // 2].astype(int) - picture[0, 0]
        assert np.abs(difference).max() <= 6
