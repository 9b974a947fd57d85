"""Where bad inputs go in for the fuzz test, and what is a right answer to them.

A door takes a folder and an input. It returns the sentence by which the input was refused, or None
where it was taken for good; where that gave a wrong result, it raises :class:`Silent`.
"""

import contextlib
import io
import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from fuzz_inputs import (
    EXPORTED,
    NETWORK,
    SIZE,
    WEIGHTS,
    arrays,
    checkpoints,
    config_text,
    damaged,
    encoded,
    exported,
    is_whole,
    masks,
    odd_config,
    odd_names,
    odd_points,
    pictures,
    scene,
    sequences,
    traced,
)
from hypothesis import strategies as st

from mdp_plugin.cli import main


class Silent(Exception):
    """A wrong result, and no word of it."""


class Unclear(Exception):
    """A refusal that does not say what is wrong, or of what."""


#: Sentences of Python that tell a user nothing.
INTERNAL = (
    'object is not', 'positional argument', 'to unpack',
    'not subscriptable', 'unsupported operand', 'Traceback', 'must be real number', 'broadcast',
)  # fmt: skip


def clear(text: str, *names: str) -> str:
    """A sentence, if it names one of these and is meant for a user."""
    # A config is a program, and its faults are those of Python.
    told = 'is faulty: ' not in text and any(phrase in text for phrase in INTERNAL)
    if told or not any(name in text for name in names):
        raise Unclear(text[-600:])
    return text


def command(*argv: Any, names: tuple[str, ...]) -> str | None:
    """Run `mdpnet`; the sentence by which it refuses, None if it went well."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(list(map(str, argv)))
        except SystemExit as end:  # of argparse
            status = end.code
    if status == 0:
        return None
    return clear(err.getvalue(), *names)


def refused(function: Callable[[], Any], *names: str) -> str | None:
    """Call a function of Python; the sentence by which it refuses, None if it went well."""
    try:
        function()
    except (ImportError, KeyError, OSError, TypeError, ValueError) as error:
        return clear(str(error), *names)
    return None


def put(folder: Path, name: str, content: bytes) -> Path:
    """Write a file where the folder has room for it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def put_pairs(folder: Path) -> tuple[Path, Path, Path]:
    """Three images, predictions and truths."""
    for number in range(3):
        image, mask = scene(number)
        put(folder, f'images/scene_{number}.png', encoded(image, '.png'))
        put(folder, f'predictions/scene_{number}.png', encoded(mask, '.png'))
        put(folder, f'truths/scene_{number}.png', encoded(mask, '.png'))
    return folder / 'images', folder / 'predictions', folder / 'truths'


def only_whole(content: bytes, answer: str | None) -> str | None:
    """A picture that was taken must be one that another program reads, too."""
    if answer is None and not is_whole(content):
        raise Silent('a damaged picture was taken for a whole one')
    return answer


def read_picture(folder: Path, given: tuple[str, bytes]) -> str | None:
    """Image reading in Python."""
    from mdp_plugin.imaging.grey_levels import GreyLevels
    from mdp_plugin.imaging.picture_files import read_image

    path = put(folder, *given)
    return only_whole(
        given[1], refused(lambda: GreyLevels()(read_image(path), str(path)), path.name)
    )


def read_mask(folder: Path, given: tuple[str, bytes]) -> str | None:
    """Mask reading in Python."""
    from mdp_plugin.evaluation.scored_files import read_truth

    path = put(folder, *given)
    return only_whole(given[1], refused(lambda: read_truth(path), path.name))


def detect_picture(folder: Path, given: tuple[str, bytes]) -> str | None:
    """`mdpnet detect` on a picture."""
    path = put(folder, *given)
    answer = command(
        'detect',
        path,
        '--model',
        EXPORTED,
        '--threads',
        1,
        '--out',
        folder / 'out',
        names=(path.name,),
    )
    return only_whole(given[1], answer)


def detect_sequence(folder: Path, given: tuple[str, bytes]) -> str | None:
    """`mdpnet detect` on a video or the pages of a TIFF."""
    path = put(folder, *given)
    out = folder / 'out'
    answer = command(
        'detect', path, '--model', EXPORTED, '--threads', 1, '--out', out, '--format', 'json',
        names=(path.name,),
    )  # fmt: skip
    if answer is None:
        frames = len(json.loads((out / 'targets.json').read_text()))
        if path.suffix == '.tif':
            only_whole(given[1], answer)
        elif frames < 4 and len(given[1]) < len(sequences()[given[0]]):
            raise Silent(f'{frames} of 4 frames of a video that was cut')
    return answer


def evaluate_picture(folder: Path, given: tuple[str, bytes]) -> str | None:
    """`mdpnet evaluate` with a bad prediction."""
    _, predictions, truths = put_pairs(folder)
    (predictions / 'scene_0.png').unlink()
    path = put(predictions, f'scene_0.{given[0].rpartition(".")[2]}', given[1])
    answer = command(
        'evaluate', predictions, truths, '--no-curves', names=(path.name, 'predictions')
    )
    return only_whole(given[1], answer)


def evaluate_truth(folder: Path, given: tuple[str, bytes]) -> str | None:
    """`mdpnet evaluate` with a bad mask."""
    _, predictions, truths = put_pairs(folder)
    (truths / 'scene_0.png').unlink()
    path = put(truths, f'scene_0.{given[0].rpartition(".")[2]}', given[1])
    answer = command('evaluate', predictions, truths, '--no-curves', names=(path.name,))
    return only_whole(given[1], answer)


def evaluate_array(folder: Path, given: tuple[str, bytes]) -> str | None:
    """`mdpnet evaluate` with a bad array of probabilities."""
    _, predictions, truths = put_pairs(folder)
    (predictions / 'scene_0.png').unlink()
    path = put(predictions, 'scene_0.npy', given[1])
    answer = command('evaluate', predictions, truths, '--no-curves', names=(path.name, 'scene_0'))
    if answer is None:
        values = np.load(path)
        if not (values.ndim == 2 and ((values >= 0) & (values <= 1)).all()):
            raise Silent('values that are no probabilities were scored')
    return answer


def evaluate_names(folder: Path, given: bytes) -> str | None:
    """`mdpnet evaluate` with a bad split list."""
    _, predictions, truths = put_pairs(folder)
    names, out = put(folder, 'split.txt', given), folder / 'out'
    answer = command(
        'evaluate', predictions, truths, '--names', names, '--no-curves', '--out', out,
        names=('split.txt', 'predictions', 'truths'),
    )  # fmt: skip
    if answer is None:
        count = json.loads((out / 'figures.json').read_text())['figures']['num_images']
        if count != len(given.decode('utf-8-sig').split()):
            raise Silent(f'{count} images of this list were scored: {given!r:.200}')
    return answer


def dataset_names(folder: Path, given: bytes) -> str | None:
    """The data set of training and testing with a bad split list."""
    from mdp_plugin.datasets import IRSTDDataset

    put_pairs(folder)
    put(folder, 'split.txt', given)
    counts = []

    def build() -> None:
        data = IRSTDDataset(
            data_root=str(folder), ann_file='split.txt',
            data_prefix=dict(img_path='images', seg_map_path='truths'),
        )  # fmt: skip
        counts.append(len(data))

    answer = refused(build, 'split.txt')
    if answer is None and counts != [len(given.decode('utf-8-sig').split())]:
        raise Silent(f'{counts} images of this list are in the data set: {given!r:.200}')
    return answer


def report(folder: Path, given: tuple[str, bytes]) -> str | None:
    """`mdpnet report` with a bad image, prediction or mask."""
    kinds = put_pairs(folder)
    kind = kinds[len(given[1]) % 3]
    (kind / 'scene_0.png').unlink()
    path = put(kind, f'scene_0.{given[0].rpartition(".")[2]}', given[1])
    answer = command(
        'report', kinds[1], '--images', kinds[0], '--truths', kinds[2],
        '--out', folder / 'report.html', names=(path.name, kind.name),
    )  # fmt: skip
    return only_whole(given[1], answer)


@cache
def right_map(model: str | Path) -> np.ndarray:
    """What a model makes of a scene when its file is whole."""
    from mdp_plugin import TargetDetector

    return TargetDetector(model, threads=1)(scene(0)[0]).probability


def same(detector: Any, model: str | Path) -> None:
    """Refuse another result than that of the whole file."""
    found = detector(scene(0)[0]).probability
    if not np.allclose(found, right_map(model), atol=1e-4):
        raise Silent(
            f'a changed file gave another result: {np.abs(found - right_map(model)).max()}'
        )


def run_exported(folder: Path, given: tuple[str, bytes]) -> str | None:
    """An exported file in the detector."""
    from mdp_plugin import TargetDetector

    path = put(folder, *given)
    if path.suffix in ('.xml', '.bin'):
        other = {'.xml': '.bin', '.bin': '.xml'}[path.suffix]
        put(folder, f'model{other}', exported()[f'model{other}'])
        path = path.with_suffix('.xml')
    made = []
    answer = refused(lambda: made.append(TargetDetector(path, threads=1)), path.name)
    if answer is None:
        same(made[0], EXPORTED if path.suffix != '.pt2' else NETWORK)
    return answer


def load_weights(folder: Path, given: tuple[str, bytes]) -> str | None:
    """A checkpoint in `mdpnet detect`."""
    path = put(folder, *given)
    config = put(folder, 'config.py', config_text().encode())
    image, out = put(folder, 'scene.png', encoded(scene(0)[0], '.png')), folder / 'out'
    answer = command(
        'detect', image, '--model', f'{config},{path}', '--threads', 1, '--device', 'cpu',
        '--out', out, '--format', 'json', names=(path.name,),
    )  # fmt: skip
    if answer is None and not alike((out / 'targets.json').read_text(), right_targets()):
        raise Silent('a changed checkpoint gave other targets')
    return answer


@cache
def right_targets() -> str:
    """The table of a scene by the network of the checkpoints and configs here."""
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (path,) = (put(folder, *item) for item in checkpoints().items())
        config = put(folder, 'config.py', config_text().encode())
        image = put(folder, 'scene.png', encoded(scene(0)[0], '.png'))
        answer = command(
            'detect', image, '--model', f'{config},{path}', '--threads', 1, '--device', 'cpu',
            '--out', folder / 'out', '--format', 'json', names=('',),
        )  # fmt: skip
        assert answer is None, answer
        return (folder / 'out/targets.json').read_text()


def alike(one: str, other: str) -> bool:
    """Whether two tables hold the same targets."""
    places = [
        [[(t['x'], t['y'], t['peak']) for t in frame['targets']] for frame in json.loads(text)]
        for text in (one, other)
    ]
    return len(places[0][0]) == len(places[1][0]) and np.allclose(*places, atol=1e-3)


def changed(text: str) -> str:
    """The first line in which a config differs."""
    pairs = zip(text.splitlines(), config_text().splitlines(), strict=False)
    return next((f'{one!r} for {other!r}' for one, other in pairs if one != other), 'its end')


def read_config(folder: Path, given: str) -> str | None:
    """A config in `mdpnet detect`."""
    config = put(folder, 'config.py', given.encode())
    image, out = put(folder, 'scene.png', encoded(scene(0)[0], '.png')), folder / 'out'
    answer = command(
        'detect', image, '--model', f'{config},{WEIGHTS / NETWORK}.pth', '--threads', 1,
        '--device', 'cpu', '--out', out, '--format', 'json', names=('config.py',),
    )  # fmt: skip
    if answer is None and not alike((out / 'targets.json').read_text(), right_targets()):
        raise Silent(f'a changed config gave other targets: {changed(given)}')
    return answer


def use_points(folder: Path, given: bytes) -> str | None:
    """Operating points in `mdpnet detect`."""
    path = put(folder, 'points.json', given)
    image = put(folder, 'scene.png', encoded(scene(0)[0], '.png'))
    answer = command(
        'detect', image, '--model', EXPORTED, '--threads', 1, '--operating-point', path,
        '--false-alarms', '0.1/frame', '--out', folder / 'out',
        names=('points.json', 'no threshold keeps', 'of an earlier version'),
    )  # fmt: skip
    if answer is None and not are_points(json.loads(given)):
        raise Silent('impossible operating points were used')
    return answer


def are_points(values: Any) -> bool:
    """Whether operating points mean something."""

    def numbers(items: Any, low: float = 0, high: float = 1) -> bool:
        return all(type(v) in (int, float) and math.isfinite(v) and low <= v <= high for v in items)

    curve = values['curve']
    return (
        numbers([values['threshold']])
        and isinstance(values['data'], str)
        and all(numbers(curve[key]) for key in ('threshold', 'Fa'))
        and numbers(curve.get('Pd', []))
        and numbers(curve['FPPI'], 0, 1e9)
        and (values.get('frames') is None or numbers([values['frames']], 1, 1e9))
        and curve['threshold'] == sorted(curve['threshold'])
        and numbers((values['confidence'] or {}).values(), -1e6, 1e6)
    )


def upload(folder: Path, given: tuple[str, bytes]) -> str | None:
    """A file that is sent to the page, from its reader to the result."""
    from mdp_plugin.demo.session import start_session
    from mdp_plugin.demo.uploads import Limits, read_upload

    path = put(folder, *given)
    limits = Limits(megabytes=1, pixels=100_000, frames=4)
    kept = []

    def show() -> None:
        kept.append(read_upload(path, limits))
        start_session(demo_models(), EXPORTED.name, kept[0])

    answer = refused(show, path.name)
    if answer is not None and str(folder) in answer:
        raise Unclear(f'the folder of uploads is told: {answer}')
    if answer is None:
        if sum(frame[..., :1].size for frame in map(np.atleast_3d, kept[0].frames)) > limits.pixels:
            raise Silent('more pixels than the limit')
        if path.suffix not in ('.avi', '.mp4') and not kept[0].left_out:
            only_whole(given[1], answer)
    return answer


@cache
def demo_models() -> Any:
    from mdp_plugin.demo.session import Models

    return Models([str(EXPORTED)], threads=1)


@st.composite
def odd_options(draw: st.DrawFn) -> tuple[str, str]:
    """An option of the command line and a value."""
    name = draw(st.sampled_from(sorted(OPTIONS)))
    odd = (
        'nan',
        'inf',
        '-inf',
        '-1',
        '0',
        '1',
        '1e400',
        '1e-400',
        '',
        'text',
        '0x10',
        '1,5',
        '٣',
        '1_0',
        '0.7',
        '3',
    )
    return name, draw(
        st.one_of(st.sampled_from(odd), st.floats().map(repr), st.integers().map(str))
    )


#: Options that take a number, and which numbers mean something.
OPTIONS: dict[str, tuple[str, Callable[[float], bool]]] = {
    'detect --threshold': ('threshold', lambda v: 0 < v < 1),
    'detect --white-level': ('white', lambda v: 0 < v < math.inf),
    'detect --false-alarms': ('rate', lambda v: 0 <= v < math.inf),
    'detect --threads': ('threads', lambda v: v >= 1),
    'evaluate --threshold': ('threshold', lambda v: 0 <= v <= 1),
    'evaluate --distance': ('distance', lambda v: 0 < v < math.inf),
}


def give_option(folder: Path, given: tuple[str, str]) -> str | None:
    """A number on the command line."""
    option, value = given
    what, means_something = OPTIONS[option]
    name, flag = option.split()
    names = (what, flag, value)
    if name == 'detect':
        if flag == '--threads' and not value.isdigit() or len(value) > 2:
            value = value[:2]
        image = put(folder, 'scene.png', encoded(scene(0)[0], '.png'))
        unit = '/pixel' if flag == '--false-alarms' else ''
        answer = command(
            'detect', image, '--model', EXPORTED, f'{flag}={value}{unit}', '--out', folder / 'out',
            names=(*names, 'no threshold keeps'),
        )  # fmt: skip
    else:
        _, predictions, truths = put_pairs(folder)
        answer = command(
            'evaluate', predictions, truths, '--no-curves', f'{flag}={value}', names=names
        )
    if answer is None and not means_something(float(value)):
        raise Silent(f'{flag} {value} was taken')
    return answer


class Door(NamedTuple):
    """A kind of input.

    Attributes:
        inputs (SearchStrategy): Draws inputs.
        enter (Callable): Takes a folder and an input, see the module.
        share (float): Of the examples that each door is asked to take; what is slow takes fewer.
    """

    inputs: st.SearchStrategy
    enter: Callable[[Path, Any], str | None]
    share: float


DOORS = {
    'images, read in Python': Door(damaged(pictures()), read_picture, 2),
    'masks, read in Python': Door(damaged(masks()), read_mask, 2),
    'images, `mdpnet detect`': Door(damaged(pictures()), detect_picture, 1),
    'videos and pages, `mdpnet detect`': Door(damaged(sequences()), detect_sequence, 0.5),
    'predictions, `mdpnet evaluate`': Door(damaged({**pictures(), **masks()}), evaluate_picture, 1),
    'true masks, `mdpnet evaluate`': Door(damaged(masks()), evaluate_truth, 1),
    'arrays, `mdpnet evaluate`': Door(damaged(arrays()), evaluate_array, 1),
    'split lists, `mdpnet evaluate`': Door(odd_names(), evaluate_names, 1),
    'split lists, training': Door(odd_names(), dataset_names, 0.5),
    'images, masks, predictions, `mdpnet report`': Door(damaged(masks()), report, 0.2),
    'exported files (ONNX, OpenVINO)': Door(
        st.deferred(lambda: damaged(exported())), run_exported, 1
    ),
    'exported files (PyTorch)': Door(st.deferred(lambda: damaged(traced())), run_exported, 0.1),
    'checkpoints, `mdpnet detect`': Door(damaged(checkpoints()), load_weights, 0.5),
    'configs, `mdpnet detect`': Door(odd_config(), read_config, 0.5),
    'operating points, `mdpnet detect`': Door(odd_points(), use_points, 1),
    'numbers on the command line': Door(odd_options(), give_option, 0.5),
    'uploads to the page': Door(damaged({**pictures(), **sequences()}), upload, 1),
}
assert SIZE[0] >= 32
