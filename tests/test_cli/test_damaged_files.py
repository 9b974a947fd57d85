"""Damaged files on the command line: one sentence that names the file, and exit status 2."""

import json
import struct

import cv2
import numpy as np
import pytest

from mdp_plugin.cli import main
from mdp_plugin.project_files import PACKAGE, PROJECT_ROOT

WEIGHTS = PACKAGE / 'weights'
NETWORK = 'mdpnet-fast_sirst-320x320'
CONFIG = PROJECT_ROOT / f'configs/mdpnet/{NETWORK}.py'
EXPORTED = WEIGHTS / 'mdpnet-fine_cameras-512x640.onnx'


@pytest.fixture
def refusal(scene, tmp_path, capsys):
    """A function: the sentence with which `mdpnet detect` refuses its options."""
    cv2.imwrite(str(tmp_path / 'frame.png'), scene(64, 80))

    def detect(*options):
        status = main(
            ['detect', str(tmp_path / 'frame.png'), '--out', str(tmp_path / 'out'), *options]
        )
        text = capsys.readouterr().err
        assert status == 2 and 'Traceback' not in text
        return text

    return detect


def flipped(file, place=0.5):
    """The content of a file with one bit of its middle changed."""
    content = bytearray(file.read_bytes())
    content[int(len(content) * place)] ^= 4
    return bytes(content)


def test_weights_with_a_wrong_bit(refusal, tmp_path):
    weights = tmp_path / 'weights.pth'
    weights.write_bytes(flipped(WEIGHTS / f'{NETWORK}.pth'))
    text = refusal('--model', f'{CONFIG},{weights}')
    assert 'weights.pth" is damaged' in text
    weights.write_bytes(weights.read_bytes()[:5000])
    assert 'weights.pth' in refusal('--model', f'{CONFIG},{weights}')


@pytest.mark.parametrize(
    ('tag', 'compression'),
    [(262, 1), (262, 5), (278, 5), (317, 5)],
    ids=['photometric', 'photometric-LZW', 'rows-LZW', 'predictor-LZW'],
)
def test_a_tiff_with_a_wrong_bit_in_a_tag(scene, tmp_path, capsys, tag, compression):
    """White would become black, or differences levels, and nobody would know."""
    file = tmp_path / 'frame.tif'
    options = [cv2.IMWRITE_TIFF_COMPRESSION, compression, cv2.IMWRITE_TIFF_PREDICTOR, 2]
    cv2.imwrite(str(file), scene(64, 80), options)
    whole = file.read_bytes()
    entry = whole.rfind(struct.pack('<HH', tag, 3))  # number and type, three for 16 bits
    for place, fault in ((0, 'out of order'), (2, f'tag {tag} is missing')):
        content = bytearray(whole)
        content[entry + place] ^= 0x41
        file.write_bytes(content)
        detect = ['detect', str(file), '--model', str(EXPORTED), '--out', str(tmp_path / 'out')]
        assert main(detect) == 1
        text = capsys.readouterr().err
        assert 'frame.tif": it is damaged: ' in text and fault in text


def test_a_bmp_with_a_wrong_bit_in_its_header(scene, tmp_path, capsys):
    """The palette would be read from another place."""
    file = tmp_path / 'frame.bmp'
    cv2.imwrite(str(file), scene(64, 80))
    content = bytearray(file.read_bytes())
    content[14] ^= 0x40
    file.write_bytes(content)
    detect = ['detect', str(file), '--model', str(EXPORTED), '--out', str(tmp_path / 'out')]
    assert main(detect) == 1
    assert 'frame.bmp" as an image: the BMP file has a damaged header' in capsys.readouterr().err


def test_a_tiff_without_a_page(tmp_path, capsys):
    file = tmp_path / 'frame.tif'
    file.write_bytes(b'II*\0' + bytes(60))
    for command in (['detect', str(file)], ['evaluate', str(tmp_path), str(tmp_path)]):
        status = main([*command, '--out', str(tmp_path / 'out')])
        assert status in (1, 2) and 'it holds no page' in capsys.readouterr().err


def test_an_exported_file_with_a_wrong_bit(refusal, tmp_path):
    file = tmp_path / 'model.onnx'
    for place in (0.1, 0.5, 0.9):
        file.write_bytes(flipped(EXPORTED, place))
        assert 'model.onnx" is damaged, or was changed' in refusal('--model', str(file))
    file.write_bytes(EXPORTED.read_bytes())
    assert main(
        ['detect', str(tmp_path / 'frame.png'), '--model', str(file), '--out', str(tmp_path / 'ok')]
    ) == 0  # fmt: skip


@pytest.mark.parametrize(
    ('text', 'fault'),
    [
        ('model = dict(', 'was never closed'),
        ('', "has no attribute 'model'"),
        ('raise SystemExit(0)', 'SystemExit: 0'),
        ("model = dict(type='MDPNets')", 'MDPNets'),
        ('model = 1 / 0', 'ZeroDivisionError'),
    ],
)
def test_a_faulty_config(refusal, tmp_path, text, fault):
    config = tmp_path / 'mine.py'
    config.write_text(text)
    said = refusal('--model', f'{config},{WEIGHTS / NETWORK}.pth')
    assert 'mine.py" is faulty' in said and fault in said


@pytest.mark.parametrize(
    'change',
    [
        lambda values: values['curve']['threshold'].reverse(),
        lambda values: values['curve']['Fa'].__setitem__(0, float('nan')),
        lambda values: values['curve']['Pd'].__setitem__(0, 1.5),
        lambda values: values['confidence'].update(slope='steep'),
        lambda values: values.update(threshold=True),
        lambda values: values.update(data=None),
        lambda values: values.update(frames=10**400),
    ],
)
def test_impossible_operating_points(refusal, tmp_path, change):
    values = json.loads((WEIGHTS / f'{NETWORK}.operating_points.json').read_text())
    change(values)
    (tmp_path / 'points.json').write_text(json.dumps(values))
    options = ('--model', str(EXPORTED), '--operating-point', str(tmp_path / 'points.json'))
    assert 'points.json" holds no operating points' in refusal(*options)
    (tmp_path / 'points.json').write_text('[' * 100_000)
    assert 'points.json" holds no operating points' in refusal(*options)


@pytest.mark.parametrize('number', ['-1', '0', '100000'])
def test_an_impossible_number_of_threads(refusal, number):
    text = refusal('--model', str(EXPORTED), f'--threads={number}')
    assert f'threads must lie between 1 and 1024, got {number}' in text


@pytest.fixture
def folders(tmp_path):
    mask = np.zeros((48, 64), np.uint8)
    mask[20:23, 30:33] = 255
    for folder in ('truths', 'predictions'):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / 'a.png'), mask)
        cv2.imwrite(str(tmp_path / folder / 'b.png'), mask)
    return tmp_path


@pytest.mark.parametrize('content', [b'', b'no array', 'cut', 'huge'])
def test_a_damaged_array(folders, capsys, content):
    array = folders / 'predictions/a.npy'
    np.save(array, np.zeros((48, 64), np.float32))
    whole = array.read_bytes()
    if content == 'cut':
        content = whole[:500]
    elif content == 'huge':
        content = whole.replace(b'(48, 64), ', b'(99999999, 9999999), ')
    array.write_bytes(content)
    (folders / 'predictions/a.png').unlink()
    assert main(['evaluate', str(folders / 'predictions'), str(folders / 'truths')]) == 2
    text = capsys.readouterr().err
    assert 'a.npy" is no array of NumPy (.npy), or a damaged one' in text


def test_a_split_list_with_a_byte_order_mark(folders, capsys):
    (folders / 'split.txt').write_text('a\nb\n', encoding='utf-8-sig')
    command = ['evaluate', str(folders / 'predictions'), str(folders / 'truths'), '--names']
    assert main([*command, str(folders / 'split.txt')]) == 0
    (folders / 'split.txt').write_text('a\nb\n', encoding='utf-16')
    assert main([*command, str(folders / 'split.txt')]) == 2
    assert 'split.txt" is no list of names' in capsys.readouterr().err


@pytest.mark.parametrize('suffix', ['.jpg', '.webp', '.tif', '.pgm'])
def test_compressed_pixels_that_are_damaged(scene, tmp_path, capsys, suffix):
    """Decoders go on after them and make up the rest of the picture."""
    options = [cv2.IMWRITE_WEBP_QUALITY, 101] if suffix == '.webp' else []
    content = bytearray(cv2.imencode(suffix, scene(64, 80), options)[1])
    if suffix == '.pgm':
        content = content.replace(b'80 64', b'80 6x')
    else:
        middle = len(content) // 2
        content[middle : middle + 60] = bytes(range(190, 250))
        del content[-len(content) // 4 :]
    (tmp_path / f'frame{suffix}').write_bytes(content)
    command = ['detect', str(tmp_path / f'frame{suffix}'), '--model', str(EXPORTED)]
    assert main([*command, '--out', str(tmp_path / 'out')]) == 1
    assert f'frame{suffix}' in capsys.readouterr().err
