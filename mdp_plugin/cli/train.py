r"""Train a network on a folder of your own frames, from their masks to a file that detects.

FOLDER holds frames, and one of these: a folder masks/ beside images/ (or masks called NAME_mask
beside the frames), a COCO file (.json; polygons, run lengths or boxes), a table of points (.csv
with name,x,y). Sub-folders, and names without their last number, are recordings: train, val and
test never share one. Folders called train, val and test are taken as they are.

OUT gets a config that is yours to change, split lists, masks, the training, NAME.onnx with an
operating point, and report.html on the held-out part. A command that was stopped goes on where it
ended when it is given again.

Example:
    mdpnet train my_camera/ --dry-run
    mdpnet train my_camera/ --out work_dirs/my_camera --white-level 16383
    mdpnet detect new_frames/ --model work_dirs/my_camera/my_camera.onnx --out found
"""

import argparse
import re
import shlex
from pathlib import Path
from typing import Any

from ..camera.work_folder import WorkFolder
from ..imaging.grey_levels import GreyLevels
from ..installation import HOST, install_command, missing_packages
from ..wording import counted
from .level_arguments import add_level_arguments, level_options
from .output import progress

#: The network that frames of any camera start from.
_GENERAL = 'mdpnet'
_UNITS = {'s': 1, 'm': 60, 'h': 3600}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('folder', type=Path, help='folder of frames, with what tells the targets')
    parser.add_argument(
        '--out', type=Path, help='folder for all results; default: work_dirs/NAME of the folder'
    )
    parser.add_argument(
        '--annotations', type=Path, metavar='PATH',
        help='masks, COCO file or points; default: what is found in FOLDER',
    )  # fmt: skip
    parser.add_argument(
        '--from', dest='start', default=_GENERAL, metavar='MODEL',
        help=f'name in the zoo or CONFIG,WEIGHTS to start from; default: {_GENERAL}',
    )  # fmt: skip
    for part in ('val', 'test'):
        parser.add_argument(
            f'--{part}', nargs='+', default=['0.2'], metavar='SHARE|RECORDING',
            help=f'share of the frames for {part}, or names of its recordings; default: 0.2',
        )  # fmt: skip
    parser.add_argument(
        '--epochs', type=int, help='default: as many as give 600 steps, at least 12'
    )
    parser.add_argument(
        '--time', metavar='15m', help='as many epochs as this time allows here, e.g. 90s, 15m, 2h'
    )
    parser.add_argument('--seed', type=int, default=0, help='default: 0')
    parser.add_argument(
        '--amp', choices=('auto', 'on', 'off'), default='auto',
        help='mixed precision; auto: where this machine computes it; default: auto',
    )  # fmt: skip
    add_level_arguments(parser, 'auto')
    parser.add_argument(
        '--dry-run', action='store_true', help='show split, config and commands; write nothing'
    )


def _wanted(texts: list[str]) -> float | list[str]:
    """A share, or names of recordings."""
    try:
        (share,) = texts
        return float(share)
    except ValueError:
        return texts


def _seconds(text: str) -> float:
    """Seconds of '90s', '15m' or '2h'.

    Raises:
        ValueError: If it is something else.
    """
    found = re.fullmatch(r'(\d+(?:\.\d+)?)([smh])', text.strip())
    if not found or not float(found[1]):
        raise ValueError(f"--time is a number with s, m or h, such as 15m, not '{text}'")
    return float(found[1]) * _UNITS[found[2]]


def _check(args: argparse.Namespace) -> None:
    """Refuse what cannot work before anything is read.

    Raises:
        ImportError: If packages are missing; names the command.
        ValueError: If options do not fit.
    """
    missing = missing_packages(*HOST, 'onnx', 'onnxscript', 'onnxruntime')
    if missing:
        command = install_command('onedl,deploy')
        raise ImportError(f'training needs {", ".join(missing)}: {command}')
    if args.epochs is not None and (args.epochs < 1 or args.time):
        raise ValueError('--epochs is 1 or more, and excludes --time')
    args.time = args.time and _seconds(args.time)
    if args.seed < 0:
        raise ValueError('--seed is 0 or more')
    if ',' in str(args.out.resolve()):
        raise ValueError(f'--out must not hold a comma, as "{args.out.resolve()}" does')


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    """What must be the same where a command is given again."""
    names = ('val', 'test', 'epochs', 'time', 'seed', 'amp', 'start')
    annotations = args.annotations and str(args.annotations.resolve())
    return {
        'folder': str(args.folder.resolve()),
        'annotations': annotations,
        **{name: getattr(args, name) for name in names},
        **level_options(args),
    }


def run(args: argparse.Namespace) -> int:
    """Prepare, train, measure and report.

    Returns:
        int: 0.
    """
    name = re.sub(r'[^\w-]+', '_', args.folder.resolve().name) or 'camera'
    args.out = args.out or Path('work_dirs') / name
    _check(args)
    folder = WorkFolder(args.out.resolve() / f'{name}.py')
    settings = _settings(args)
    if args.dry_run or not folder.is_begun(settings):
        _prepare(args, folder, settings)
    else:
        print(f'going on with {args.out}, as it was prepared before')
    if args.dry_run:
        return 0
    return _train(args, folder)


def _prepare(args: argparse.Namespace, folder: WorkFolder, settings: dict[str, Any]) -> None:
    """Read the folder, say what was found, and write config, lists and masks."""
    from ..camera.config_text import TrainingPlan, config_text, usual_epochs
    from ..camera.dataset import read_camera, write_camera
    from ..camera.layout import read_layout
    from ..camera.recordings import PARTS, split_frames
    from ..detection import parse_detector_name

    layout = read_layout(args.folder, args.annotations, skip=folder.config.parent)
    data = read_camera(
        layout,
        GreyLevels(**level_options(args)),
        lambda frames: progress(args, frames, 'frame', 'reading', leave=False),
    )
    split = split_frames(
        layout.frames, data.has_target, _wanted(args.val), _wanted(args.test), args.seed
    )
    found = data.describe()
    print('\n'.join(found))
    for part in PARTS:
        frames = split.parts[part]
        targets = sum(len(data.areas[frame.name]) for frame in frames)
        names = f'{frames[0].name} to {frames[-1].name}'
        number = counted(len(frames), 'frame')
        print(f'{part}: {number}, {counted(targets, "target")} ({names})')
    print(f'split: {split.how}')
    # Its imports take seconds; mistakes in the folder are to show before.
    from ..camera.training import CameraTraining, find_start

    start = find_start(parse_detector_name(args.start))
    train = split.parts['train']
    plan = TrainingPlan(
        folder=layout.folder,
        images=layout.root.relative_to(layout.folder).as_posix(),
        base=start.config,
        start=start.weights,
        started_with=start.statistics,
        levels=data.levels.to_dict(),
        found=found[1],
        statistics=data.statistics(train),
        side=min(min(size) for size in data.sizes),
        epochs=args.epochs or usual_epochs(len(train)),
        seed=args.seed,
    )
    training = CameraTraining(folder, args.amp)
    if args.dry_run:
        print(f'\n{folder.config}:\n\n{config_text(plan)}')
        print('what it does, by commands of the project:')
        commands = folder.commands(layout.root, data.export_flags, training.mixes_precisions)
        print('\n'.join(f'  {line}' for line in commands))
        return
    folder.begin(settings)
    write_camera(data, split, folder)
    training.write(plan, args.time, print)


def _train(args: argparse.Namespace, folder: WorkFolder) -> int:
    """Train, measure, and say what comes next."""
    from ..camera.training import CameraTraining

    training = CameraTraining(folder, args.amp)
    log = training.train(args.quiet)
    print(f'trained; the log of all details is in {log}')
    page = training.measure(print)
    print(f'report: {page}')
    out = args.out / 'found'
    print(
        'detect with it:\n  mdpnet detect NEW_FRAMES '
        f'--model {shlex.quote(str(args.out / folder.exported.name))} '
        f'--out {shlex.quote(str(out))}'
    )
    return 0
