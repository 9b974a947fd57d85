"""Sensors' conventions in files of other programs: detector, metrics and training read the same."""

import time

import cv2
import numpy as np
import pytest
import tifffile
from mmseg.registry import TRANSFORMS
from PIL import Image

from mdp_plugin import TargetDetector
from mdp_plugin.detection.sources import find_sources, read_frames
from mdp_plugin.imaging.picture_files import read_image, write_picture
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

RNG = np.random.default_rng(0)
DEEP = RNG.integers(0, 65536, (40, 50)).astype(np.uint16)
PALE = (DEEP >> 8).astype(np.uint8)
COLOUR = RNG.integers(0, 65536, (40, 50, 3)).astype(np.uint16)
#: Orientations by their numbers, as the specification says where row 0 and column 0 are.
TURNED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].T,
    8: np.rot90,
}


def by_every_door(path):
    """What detector, loop over frames and training read; all the same."""
    image = read_image(path)
    (frame,) = read_frames(*find_sources([str(path)]))
    step = dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2')
    mask = dict(type='LoadAnnotations', imdecode_backend='cv2')
    results = dict(img_path=str(path), seg_map_path=str(path), seg_fields=[])
    results['reduce_zero_label'] = False
    loaded = TRANSFORMS.build(mask)(TRANSFORMS.build(step)(results))
    assert loaded['img_shape'] == loaded['ori_shape'] == image.shape[:2]
    for other in (frame.image, loaded['img'], loaded['gt_seg_map']):
        np.testing.assert_array_equal(other, image)
        assert other.dtype == image.dtype
    return image


@pytest.mark.parametrize('order', '<>')
@pytest.mark.parametrize('compression', [None, 'zlib'])
def test_tiffs_of_either_byte_order(tmp_path, order, compression):
    path = tmp_path / 'a.tif'
    options = dict(byteorder=order, compression=compression)
    for image in (PALE, DEEP, DEEP.astype(np.float32)):
        tifffile.imwrite(path, image, photometric='minisblack', **options)
        np.testing.assert_array_equal(by_every_door(path), image)
        assert by_every_door(path).dtype == image.dtype
    for image in (PALE, DEEP):  # white is stored as zero
        tifffile.imwrite(path, image, photometric='miniswhite', **options)
        np.testing.assert_array_equal(by_every_door(path), np.iinfo(image.dtype).max - image)
    for planes in ('contig', 'separate'):
        stored = COLOUR if planes == 'contig' else np.moveaxis(COLOUR, 2, 0)
        tifffile.imwrite(path, stored, photometric='rgb', planarconfig=planes, **options)
        np.testing.assert_array_equal(by_every_door(path), COLOUR[..., ::-1])
    tifffile.imwrite(path, DEEP, bigtiff=True, tile=(16, 32), **options)
    np.testing.assert_array_equal(by_every_door(path), DEEP)


def test_what_opencv_decompresses(tmp_path):
    """LZW, JPEG, palettes: no page before it, no alpha, no orientation changes what is read."""
    path = tmp_path / 'a.tif'
    for image in (PALE, DEEP, DEEP.astype(np.float32)):
        cv2.imwrite(str(path), image, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
        np.testing.assert_array_equal(by_every_door(path), image)
    Image.fromarray(DEEP).save(path, compression='tiff_lzw', tiffinfo={262: 0, 274: 6})
    np.testing.assert_array_equal(by_every_door(path), np.rot90(65535 - DEEP, -1))
    Image.fromarray(DEEP).save(path, compression='tiff_lzw', tiffinfo={284: 2})  # planes of one
    np.testing.assert_array_equal(by_every_door(path), DEEP)
    strips = [cv2.IMWRITE_TIFF_COMPRESSION, 5, cv2.IMWRITE_TIFF_ROWSPERSTRIP, 8]
    cv2.imwrite(str(path), DEEP, strips)
    np.testing.assert_array_equal(by_every_door(path), DEEP)
    colours = (COLOUR >> 8).astype(np.uint8)
    alpha = Image.fromarray(np.dstack([colours, PALE]))
    alpha.save(path, compression='tiff_lzw')
    np.testing.assert_array_equal(by_every_door(path)[..., :3], colours[..., ::-1])
    palette = Image.fromarray(colours).convert('P')
    palette.save(path, compression='tiff_lzw')
    np.testing.assert_array_equal(
        by_every_door(path), np.asarray(palette.convert('RGB'))[..., ::-1]
    )
    Image.fromarray(PALE).save(path, compression='jpeg')
    np.testing.assert_array_equal(by_every_door(path), np.asarray(Image.open(path)))


@pytest.mark.parametrize('turn', TURNED)
def test_orientation(tmp_path, turn):
    expected = TURNED[turn](PALE)
    tifffile.imwrite(tmp_path / 'a.tif', DEEP, extratags=[(274, 3, 1, turn, True)])
    np.testing.assert_array_equal(by_every_door(tmp_path / 'a.tif'), TURNED[turn](DEEP))
    for suffix, options in (('.png', {}), ('.jpg', {'quality': 100}), ('.webp', {'lossless': 1})):
        picture = Image.fromarray(PALE)
        exif = picture.getexif()
        exif[274] = turn
        picture.save(tmp_path / f'a{suffix}', exif=exif, **options)
        image = by_every_door(tmp_path / f'a{suffix}')
        grey = image if image.ndim == 2 else image[..., 1]
        assert grey.shape == expected.shape
        assert np.abs(grey.astype(int) - expected).max() <= (2 if suffix == '.jpg' else 0)


def test_pgm_is_big_endian(tmp_path):
    for most in (65535, 16383):
        values = DEEP & np.uint16(most)
        content = f'P5\n50 40\n{most}\n'.encode() + values.astype('>u2').tobytes()
        (tmp_path / 'a.pgm').write_bytes(content)
        np.testing.assert_array_equal(by_every_door(tmp_path / 'a.pgm'), values)


def test_a_dark_target_of_a_camera_that_stores_white_as_zero(tmp_path):
    """The detector finds it where it is, at the right way up."""
    scene = SceneGenerator(SceneSettings(size=(96, 128)), seed=1)(1)
    detector = TargetDetector('mdpnet-nudt-sirst')
    expected = detector(scene.image).targets
    stored = 65535 - np.rot90(scene.image).astype(np.uint16) * 257
    tifffile.imwrite(
        tmp_path / 'a.tif', stored, photometric='miniswhite', extratags=[(274, 3, 1, 6, True)]
    )
    found = detector(tmp_path / 'a.tif').targets
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        assert one.box == other.box
        assert (one.x, one.y) == pytest.approx((other.x, other.y), abs=1e-3)


def test_pages_are_read_in_linear_time(tmp_path):
    """Four times the pages take four times the time, not sixteen times."""
    seconds = []
    for count in (400, 1600):
        path = tmp_path / f'{count}.tif'
        assert cv2.imwritemulti(str(path), [DEEP] * count)
        (source,) = find_sources([str(path)])
        start = time.perf_counter()
        assert sum((frame.image == DEEP).all() for frame in read_frames(source)) == count
        seconds.append(time.perf_counter() - start)
    assert seconds[1] < 8 * seconds[0]


def test_previews_are_no_pages(tmp_path):
    with tifffile.TiffWriter(tmp_path / 'a.tif') as file:
        file.write(DEEP)
        file.write(DEEP[::2, ::2], subfiletype=1)
    np.testing.assert_array_equal(by_every_door(tmp_path / 'a.tif'), DEEP)


def test_several_pages_are_no_picture(tmp_path):
    tifffile.imwrite(tmp_path / 'a.tif', np.stack([DEEP] * 3), photometric='minisblack')
    with pytest.raises(OSError, match=r'a\.tif": it holds several pages'):
        read_image(tmp_path / 'a.tif')


def test_pictures_are_written_as_they_are(tmp_path):
    picture = COLOUR.astype(np.uint8)
    for written in (picture, PALE):
        write_picture(tmp_path / 'a.any', written)
        np.testing.assert_array_equal(read_image(tmp_path / 'a.any'), written)
    with pytest.raises(OSError):
        write_picture(tmp_path / 'a.any/a.png', PALE)


def test_what_has_no_grey_level_is_not_decoded(tmp_path):
    tifffile.imwrite(
        tmp_path / 'a.tif', RNG.integers(0, 9, (40, 50, 7)).astype(np.uint8),
        photometric='minisblack', planarconfig='contig',
    )  # fmt: skip
    with pytest.raises(OSError, match='a pixel has 7'):
        read_image(tmp_path / 'a.tif')
