"""Write a data set of synthetic infrared scenes in the layout of SIRST, or sequences of frames.

Example:
    mdpnet synth data/synthetic --num 200 --size 256 256 --seed 0
    mdpnet synth data/sequences --sequence 100 --num 5
"""

import argparse
import json
import time
from pathlib import Path

from ..synthesis import (
    PRESETS,
    DatasetWriter,
    SceneSettings,
    SequenceSettings,
    SequenceWriter,
)
from ..wording import counted
from .output import progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('out', help='folder of the data set, e.g. data/synthetic')
    parser.add_argument(
        '--num', type=int, help='number of images, by default 200, or of sequences, by default 5'
    )
    parser.add_argument(
        '--sequence', type=int, metavar='FRAMES',
        help='make sequences of so many frames: moving targets, a moving camera, true numbers',
    )  # fmt: skip
    for name, what in (
        ('speed', 'of a target in a sequence, pixels a frame'),
        ('drift', 'speed of the camera in a sequence, pixels a frame'),
        ('jitter', 'shaking of the camera in a sequence, pixels'),
    ):
        parser.add_argument(f'--{name}', type=float, nargs=2, metavar=('MIN', 'MAX'), help=what)
    parser.add_argument(
        '--preset',
        default='plain',
        choices=PRESETS,
        help='cluttered: with what looks like targets, half of the images without any target',
    )
    parser.add_argument(
        '--size', type=int, nargs=2, metavar=('HEIGHT', 'WIDTH'), help='256 256 by default'
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--bit-depth', type=int, choices=(8, 16), help='8 by default; 16: 14-bit counts as uint16'
    )
    parser.add_argument(
        '--targets', type=int, nargs=2, metavar=('MIN', 'MAX'), help='targets in an image'
    )
    parser.add_argument(
        '--scr', type=float, nargs=2, metavar=('MIN', 'MAX'), help='signal-to-clutter ratio'
    )
    parser.add_argument(
        '--sigma', type=float, nargs=2, metavar=('MIN', 'MAX'), help='point spread in pixels'
    )
    parser.add_argument(
        '--backgrounds', nargs='+', metavar='NAME', help='use these backgrounds, in equal parts'
    )
    parser.add_argument(
        '--fractions',
        type=float,
        nargs=3,
        metavar=('TRAIN', 'VAL', 'TEST'),
        help='shares of the splits; default: 0.6 0.2 0.2',
    )
    parser.add_argument(
        '--settings',
        help='JSON file with fields of SceneSettings, over those of the preset; flags override it',
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace a data set with other settings'
    )


def scene_settings(args: argparse.Namespace) -> SceneSettings:
    """Combine preset, settings file and flags; what comes later in this list wins.

    Args:
        args (argparse.Namespace): The command line.

    Returns:
        SceneSettings: The checked settings.

    Raises:
        ValueError: If a setting is not allowed.
    """
    values = {}
    if args.settings:
        try:
            values = json.loads(Path(args.settings).read_text(encoding='utf-8'))
        except (OSError, ValueError) as error:
            raise ValueError(f'cannot read the settings file {args.settings}: {error}') from error
        if not isinstance(values, dict):
            raise ValueError(f'the settings file {args.settings} must hold a JSON object')
    if args.size is not None:
        values['size'] = tuple(args.size)
    if args.bit_depth is not None:
        values['bit_depth'] = args.bit_depth
    targets = dict(values.get('targets', {}))
    for flag, name in ((args.targets, 'count'), (args.scr, 'scr'), (args.sigma, 'sigma')):
        if flag is not None:
            targets[name] = tuple(flag)
    values['targets'] = targets
    if args.backgrounds:
        values['backgrounds'] = dict.fromkeys(args.backgrounds, 1.0)
    return SceneSettings.preset(args.preset, **values)


def _images(args: argparse.Namespace) -> DatasetWriter:
    """What makes single images."""
    for name in ('speed', 'drift', 'jitter'):
        if getattr(args, name) is not None:
            raise ValueError(f'--{name} is for sequences; add --sequence FRAMES')
    num = 200 if args.num is None else args.num
    shares = {} if args.fractions is None else {'fractions': tuple(args.fractions)}
    return DatasetWriter(args.out, scene_settings(args), num, args.seed, **shares)


def _sequences(args: argparse.Namespace) -> SequenceWriter:
    """What makes sequences."""
    if args.fractions is not None:
        raise ValueError('--fractions are shares of images; leave it out with --sequence')
    motion = {
        name: tuple(value)
        for name in ('speed', 'drift', 'jitter')
        if (value := getattr(args, name)) is not None
    }
    settings = SequenceSettings(scene_settings(args), args.sequence, **motion)
    return SequenceWriter(args.out, settings, 5 if args.num is None else args.num, args.seed)


def run(args: argparse.Namespace) -> int:
    """Write the data set."""
    writer = _sequences(args) if args.sequence is not None else _images(args)
    start = time.perf_counter()
    with progress(args, None, 'image') as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update()

        made = writer.write(args.overwrite, show)
    seconds = time.perf_counter() - start
    what = 'sequence' if args.sequence is not None else 'image'
    if made:
        print(f'{counted(made, "image")} in {seconds:.1f} s: {args.out}')
    else:
        print(f'nothing to do, {counted(writer.num, what)} there already: {args.out}')
    if isinstance(writer, SequenceWriter):
        return 0
    counts = {split: len(names) for split, names in writer.split_names().items()}
    print(', '.join(f'{split} {count}' for split, count in counts.items()))
    return 0
