"""Bad inputs for the fuzz test: whole files of each format, and what is done to them."""

import io
import json
import re
import tempfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from mdp_plugin.project_files import PACKAGE, PROJECT_ROOT
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

SIZE = (48, 64)
WEIGHTS = PACKAGE / 'weights'
EXPORTED = WEIGHTS / 'mdpnet-fine_cameras-512x640.onnx'
NETWORK = 'mdpnet-fast_sirst-320x320'


@cache
def scene(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Image and mask of a synthetic scene, uint8."""
    drawn = SceneGenerator(SceneSettings(size=SIZE), seed=number)(0)
    return drawn.image, drawn.mask


def encoded(image: np.ndarray, suffix: str, *options: int) -> bytes:
    return cv2.imencode(suffix, image, options)[1].tobytes()


def _written(name: str, write) -> bytes:
    """What a function writes that can write to a path only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


def _video(path: Path, code: str) -> None:
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), 10, SIZE[::-1])
    for number in range(4):
        video.write(cv2.cvtColor(scene(number)[0], cv2.COLOR_GRAY2BGR))
    video.release()


@cache
def pictures() -> dict[str, bytes]:
    """Whole pictures by name; what follows the last dot is the suffix."""
    image, mask = scene(0)
    deep = image.astype(np.uint16) * 257
    compressed = io.BytesIO()
    Image.fromarray(image).save(compressed, 'TIFF', compression='tiff_lzw')
    palette = io.BytesIO()
    Image.fromarray(mask).convert('P').save(palette, 'PNG')
    return {
        'grey.png': encoded(image, '.png'),
        'deep.png': encoded(deep, '.png'),
        'palette.png': palette.getvalue(),
        'plain.tif': encoded(deep, '.tif', cv2.IMWRITE_TIFF_COMPRESSION, 1),
        'lzw.tif': compressed.getvalue(),
        'float.tif': encoded(image.astype(np.float32), '.tif'),
        'grey.bmp': encoded(image, '.bmp'),
        'grey.pgm': encoded(image, '.pgm'),
        'grey.jpg': encoded(image, '.jpg'),
        'grey.webp': encoded(image, '.webp', cv2.IMWRITE_WEBP_QUALITY, 101),
    }


@cache
def sequences() -> dict[str, bytes]:
    """Whole files of several frames."""
    pages = [scene(number)[0] for number in range(4)]
    return {
        'pages.tif': _written('a.tif', lambda path: cv2.imwritemulti(str(path), pages)),
        'clip.avi': _written('a.avi', lambda path: _video(path, 'MJPG')),
        'clip.mp4': _written('a.mp4', lambda path: _video(path, 'mp4v')),
    }


@cache
def masks() -> dict[str, bytes]:
    mask = scene(0)[1]
    kinds = {'white': mask, 'ones': mask // 255, 'deep': mask.astype(np.uint16) * 257}
    suffixes = ('.png', '.tif', '.bmp', '.pgm')
    return {
        f'{kind}{suffix}': encoded(values, suffix)
        for kind, values in kinds.items()
        for suffix in suffixes
        if not (kind == 'deep' and suffix == '.bmp')
    }


@cache
def arrays() -> dict[str, bytes]:
    probability = scene(0)[1].astype(np.float32) / 255 * np.float32(0.7)
    kinds = {'single': probability, 'double': probability.astype(float), 'bool': probability > 0.5}
    kinds['fortran'] = np.asfortranarray(probability)
    return {
        f'{kind}.npy': _written('a.npy', lambda path, values=values: np.save(path, values))
        for kind, values in kinds.items()
    }


@cache
def checkpoints() -> dict[str, bytes]:
    return {'weights.pth': (WEIGHTS / f'{NETWORK}.pth').read_bytes()}


@cache
def exported() -> dict[str, bytes]:
    """The shipped file, and what OpenVINO makes of it: two files that belong together."""
    import openvino

    from mdp_plugin.deploy.metadata import KEY
    from mdp_plugin.deploy.seal import UNSEALED, seal

    model = openvino.Core().read_model(EXPORTED)
    description = json.loads(model.get_rt_info(['framework', KEY]).astype(str))
    model.set_rt_info(json.dumps({**description, 'seal': UNSEALED}), KEY)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'model.xml'
        openvino.save_model(model, path, compress_to_fp16=False)
        seal(path)
        content = {file.name: file.read_bytes() for file in (path, path.with_suffix('.bin'))}
    return {'model.onnx': EXPORTED.read_bytes(), **content}


@cache
def traced() -> dict[str, bytes]:
    """A file of torch.export."""
    from mdp_plugin.export.trained_model import export_trained

    config = PROJECT_ROOT / f'configs/mdpnet/{NETWORK}.py'
    return {
        'model.pt2': _written(
            'a.pt2', lambda path: export_trained(config, WEIGHTS / f'{NETWORK}.pth', path)
        )
    }


@cache
def config_text() -> str:
    """A config without a base, as the host writes it."""
    from mmengine.config import Config

    config = Config.fromfile(PROJECT_ROOT / f'configs/mdpnet/{NETWORK}.py')
    return config.pretty_text


@cache
def points() -> dict:
    return json.loads((WEIGHTS / f'{NETWORK}.operating_points.json').read_text())


def is_whole(content: bytes) -> bool:
    """Whether another program, Pillow, reads a picture without any remark of damage."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.format == 'PNG':
                picture.verify()
        with Image.open(io.BytesIO(content)) as picture:
            for page in ImageSequence.Iterator(picture):
                page.load()
    except Exception:
        return False
    return True


@st.composite
def damaged(draw: st.DrawFn, wholes: dict[str, bytes]) -> tuple[str, bytes]:
    """A file's name, and its content after something has happened to it."""
    name = draw(st.sampled_from(sorted(wholes)))
    content = bytearray(wholes[name])
    place = draw(st.integers(0, len(content) - 1))
    near_start = draw(st.booleans())  # headers are short, and most is decided there
    if near_start:
        place %= 200
    how = draw(st.sampled_from(HOW))
    if how == 'cut':
        del content[place:]
    elif how == 'flip':
        for _ in range(draw(st.integers(1, 4))):
            content[place] ^= 1 << draw(st.integers(0, 7))
            place = draw(st.integers(0, 199 if near_start else len(content) - 1)) % len(content)
    elif how == 'overwrite':
        new = draw(st.binary(min_size=1, max_size=40))
        content[place : place + len(new)] = new
    elif how == 'zero':
        length = draw(st.integers(1, 4000))
        content[place : place + length] = bytes(len(content[place : place + length]))
    elif how == 'delete':
        del content[place : place + draw(st.integers(1, 400))]
    elif how == 'insert':
        content[place:place] = draw(st.binary(min_size=1, max_size=40))
    elif how == 'repeat':
        content[place:place] = content[place : place + draw(st.integers(1, 400))]
    elif how == 'large':
        content[place : place + 4] = draw(
            st.sampled_from([b'\xff' * 4, b'\x7f\xff\xff\xff', b'\0\x0f\0\0'])
        )
    elif how == 'other':
        content = bytearray(draw(st.sampled_from(FOREIGN)))
    elif how == 'random':
        content = bytearray(draw(st.binary(max_size=300)))
    return name, bytes(content)


HOW = ('cut', 'flip', 'overwrite', 'zero', 'delete', 'insert', 'repeat', 'large', 'other', 'random')
#: Contents that are something else than their name says.
FOREIGN = (
    b'', b'\0', b'\n', b'#EXTM3U\nhttp://127.0.0.1:1/a.ts\n', b'<html></html>', b'{}',
    b'PK\x03\x04', b'\x89PNG\r\n\x1a\n', b'II*\0\x08\0\0\0', b'MM\0*\0\0\0\x08',
    b'\xff\xd8\xff\xd9', b'BM', b'RIFF\0\0\0\0WEBP', b'P5\n99999 99999\n255\n', b'P5 -1 5 255\n',
    b'\x93NUMPY\x01\0', b'\x80\x04.', b'GIF89a',
    b'P5\n64 48\n255\n', b'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
)  # fmt: skip

#: Values that do not belong where a number or a list of numbers is expected.
ODD_VALUES = (
    None, True, 'text', '', -1, 0, 2, 1e308, -0.0, float('nan'), float('inf'), -float('inf'), [],
    {}, [[]], [None], ['a'], [0.5], [float('nan')] * 3, {'a': 1}, 10**400, [0.1, 0.2, 0.1],
)  # fmt: skip


@st.composite
def odd_points(draw: st.DrawFn) -> bytes:
    """Operating points in which something is not what it should be, as JSON."""
    values = json.loads(json.dumps(points()))
    places = [(values, key) for key in values]
    for inner in ('curve', 'confidence'):
        places += [(values[inner], key) for key in values[inner]]
    holder, key = draw(st.sampled_from(places))
    how = draw(
        st.sampled_from(
            ('replace', 'delete', 'rename', 'shorten', 'element', 'turn', 'bytes', 'nest')
        )
    )
    if how == 'bytes':
        return draw(damaged({'a': json.dumps(values).encode()}))[1]
    if how == 'nest':
        return b'[' * draw(st.integers(1, 100_000))
    if how == 'delete':
        del holder[key]
    elif how == 'rename':
        holder[key + 's'] = holder.pop(key)
    elif how in ('shorten', 'element', 'turn') and isinstance(holder[key], list):
        if how == 'shorten':
            holder[key] = holder[key][: draw(st.integers(0, 5))]
        elif how == 'turn':
            holder[key] = holder[key][::-1]
        else:
            index = draw(st.integers(0, len(holder[key]) - 1))
            holder[key][index] = draw(st.sampled_from(ODD_VALUES))
    else:
        holder[key] = draw(st.sampled_from(ODD_VALUES))
    return json.dumps(values).encode()


@st.composite
def odd_config(draw: st.DrawFn) -> str:
    """A config in which a word, a value or a line is wrong."""
    text = config_text()
    how = draw(st.sampled_from(('word', 'value', 'line', 'cut', 'insert', 'only')))
    if how == 'only':
        return draw(st.sampled_from(ODD_TEXTS))
    start = text.index('model = ')
    end = text.index('\nnorm_cfg', start) if '\nnorm_cfg' in text[start:] else len(text)
    # Most of a config does not matter to a detector; its model does.
    low, high = (start, end) if draw(st.booleans()) else (0, len(text) - 1)
    place = draw(st.integers(low, high - 1))
    if how == 'cut':
        return text[:place]
    if how == 'insert':
        return (
            text[:place]
            + draw(st.sampled_from(('(', ')', '"', "'", '\0', '=', ',', ' ', 'é')))
            + text[place:]
        )
    if how == 'line':
        after = text.find('\n', place)
        return text[:place] + text[after if after > 0 else place :]
    pattern = r'\b[a-z_]+(?==)' if how == 'word' else r"(?<==)([\d.e-]+|'[^']*'|True|False|None)"
    found = [match for match in re.finditer(pattern, text) if low <= match.start() <= high]
    if not found:
        return text[:place]
    match = draw(st.sampled_from(found))
    odd = (
        'None',
        "'text'",
        '-1',
        '[]',
        'dict()',
        '0',
        "float('nan')",
        '10**30',
        'abc',
        '1/0',
        'lambda x: x',
    )
    new = match[0] + 's' if how == 'word' else draw(st.sampled_from(odd))
    return text[: match.start()] + new + text[match.end() :]


ODD_TEXTS = (
    '', '\n', 'model = None', 'model = []', 'model = dict()', "model = dict(type='None')",
    '_base_ = "absent.py"', '_base_ = 5', '_base_ = ["a.py", "b.py"]', 'raise SystemExit(0)',
    'import absent_module', '1/0', '{{ a }}', 'def', "_base_ = 'config.py'", '\ufeffmodel = dict()',
    'model = dict(type="EncoderDecoder")\nscale = 5',
    "custom_imports = dict(imports=['absent'], allow_failed_imports=False)\nmodel = dict()",
)  # fmt: skip


@st.composite
def odd_names(draw: st.DrawFn) -> bytes:
    """A split list: right names, and something else among them."""
    lines = [f'scene_{number}' for number in range(3)]
    if draw(st.booleans()):
        return draw(damaged({'a': '\n'.join(lines).encode()}))[1]
    odd = ('scene_9', '../scene_0', '/etc/passwd', 'scene_0', '\0', 'scene_0.png', '.png', '..',
           'scene_1 ', 'ä', '\u202escene_1', '*', 'a' * 5000, '\ufeffscene_2', '#', '1,2',
           'scene_1\tscene_2')  # fmt: skip
    for _ in range(draw(st.integers(1, 3))):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(odd)))
    end = draw(st.sampled_from(('\n', '\r\n', '\r', '\n\n', '\x0b', '\u2028')))
    return end.join(lines).encode(draw(st.sampled_from(('utf-8', 'utf-16', 'utf-8-sig'))))
