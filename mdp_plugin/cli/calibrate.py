"""Find the threshold that keeps a rate of false alarms, from frames without targets alone.

No masks are needed: whatever is found in such frames is a false alarm. The file that is written
is for `mdpnet detect --operating-point`. How many frames a rate needs follows from the rate: n
frames without a single false alarm show 3/n a frame, with a certainty of 95 %. Frames of one scene
are nearly one frame, so let them be of many places, times and kinds of weather.

Example:
    mdpnet calibrate empty_frames/ --false-alarms 0.01/frame --out camera.json
    mdpnet calibrate sky.mp4 hills.mp4 --false-alarms 200/hour --out camera.json
    mdpnet detect frames/ --operating-point camera.json
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ..detection import TargetDetector, parse_detector_name
from ..detection.detector_name import GRAMMAR
from ..detection.sources import Source, find_sources, read_frames
from ..evaluation.empty_frames import calibrate_on_empty
from ..zoo.entries import DEFAULT_MODEL
from .false_alarm_arguments import add_false_alarm_arguments, asked_rate
from .level_arguments import add_level_arguments, level_options
from .output import add_json_argument, progress, tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument(
        'inputs', nargs='+', metavar='FRAMES', help='picture, video, folder or quoted pattern'
    )
    add_false_alarm_arguments(parser, 'the rate to keep', '; default: that of the videos')
    parser.add_argument(
        '--out', type=Path, default=Path('operating_points.json'), metavar='FILE',
        help='default: operating_points.json',
    )  # fmt: skip
    parser.add_argument(
        '--model', default=DEFAULT_MODEL, metavar='DETECTOR',
        help=f'{GRAMMAR}; default: {DEFAULT_MODEL}',
    )  # fmt: skip
    add_level_arguments(parser)
    parser.add_argument(
        '--ignore-mask', type=Path, metavar='FILE',
        help='picture of the size of the frames: nothing is reported where it is not 0',
    )  # fmt: skip
    parser.add_argument('--backend', help='what runs an exported file; default: by its suffix')
    parser.add_argument('--device', help='device of PyTorch; default: a GPU if there is one')
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    add_json_argument(parser)


def _probabilities(
    sources: Iterable[Source], detector: TargetDetector
) -> Iterator[tuple[str, np.ndarray]]:
    """Name and probability (H, W) of each frame."""
    for source in sources:
        own = detector.for_video() if source.is_video else detector
        for number, (image, seconds) in enumerate(read_frames(source)):
            place = f'{source.name}: frame {number}' if seconds is not None else source.name
            yield place, own.predict(own.levels(image, place))


def run(args: argparse.Namespace) -> int:
    """Go through the frames, and write the operating points."""
    sources = find_sources(args.inputs)
    asked = asked_rate(args, sources)
    if asked is None:
        raise ValueError('--false-alarms RATE says which rate is to be kept, such as 0.1/frame')
    detector = parse_detector_name(args.model).open(
        **level_options(args),
        ignore_mask=args.ignore_mask,
        backend=args.backend,
        device=args.device,
        threads=args.threads,
    )
    found = calibrate_on_empty(
        _probabilities(progress(args, sources, 'file'), detector),
        asked,
        data=', '.join(Path(text).name for text in args.inputs[:3]),
        confidence=detector.confidence,
    )
    found.points.save(args.out)
    names = ', '.join(f'{name} ({peak:.4g})' for peak, name in found.highest)
    print(f'{found}\noperating points: {args.out}')
    print(f'highest probabilities: {names}; if one of them is of a target, leave the frame out')
    tell(
        args,
        asked=str(asked),
        threshold=found.points.threshold,
        frames=found.points.frames,
        num_false=found.num_false,
        highest=[{'frame': name, 'probability': peak} for peak, name in found.highest],
        written=[args.out],
    )
    for remark in detector.levels.remarks():
        print(remark, file=sys.stderr)
    return 0
