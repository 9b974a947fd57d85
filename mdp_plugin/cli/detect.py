"""Find the targets in pictures and videos.

Results go to one folder: targets.csv, and by choice JSON, COCO and pictures with the targets
framed. A run that was stopped goes on where it ended; a file that cannot be read, or not to its
end, is named, makes the exit status 1 and stops nothing else.

Example:
    mdpnet detect frames/ --out found --overlay
    mdpnet detect clip.mp4 --false-alarms 1000/hour
    mdpnet detect 'night/*.tif' clip.mp4 --white-level 16383 --format csv coco
"""

import argparse
import functools
import sys
from pathlib import Path

import cv2
from tqdm import tqdm

from ..detection import TargetDetector, parse_detector_name
from ..detection.detector_name import GRAMMAR
from ..detection.detector_settings import settings_of
from ..detection.overlay import OverlayWriter
from ..detection.records import DetectionRecord
from ..detection.sources import OVERLAYS, Source, find_sources, read_frames
from ..detection.tables import FORMATS, write_tables
from ..detection.written_files import WriteError
from ..zoo.entries import DEFAULT_MODEL
from .false_alarm_arguments import add_false_alarm_arguments, asked_rate, tell_doubt
from .level_arguments import add_level_arguments, level_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument(
        'inputs', nargs='+', metavar='INPUT', help='picture, video, folder or quoted pattern'
    )
    parser.add_argument('--out', type=Path, default=Path('detections'), help='default: detections')
    parser.add_argument(
        '--model', default=DEFAULT_MODEL, metavar='DETECTOR',
        help=f'{GRAMMAR}; default: {DEFAULT_MODEL}',
    )  # fmt: skip
    parser.add_argument('--threshold', type=float, help="default: the model's, usually 0.5")
    add_false_alarm_arguments(
        parser, 'take the threshold that kept this rate on val', '; default: that of the videos'
    )
    parser.add_argument(
        '--operating-point', type=Path, metavar='FILE',
        help="what `mdpnet evaluate` or `calibrate` has measured; default: the model's own",
    )  # fmt: skip
    add_level_arguments(parser)
    parser.add_argument(
        '--ignore-mask', type=Path, metavar='FILE',
        help='picture of the size of the frames: nothing is reported where it is not 0',
    )  # fmt: skip
    parser.add_argument('--backend', help='what runs an exported file; default: by its suffix')
    parser.add_argument('--precision', choices=('f32', 'bf16', 'f16'), default='f32')
    parser.add_argument('--device', help='device of PyTorch; default: a GPU if there is one')
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    parser.add_argument(
        '--format', nargs='+', choices=sorted(FORMATS), default=['csv'], help='default: csv'
    )
    parser.add_argument('--overlay', action='store_true', help='draw the targets, too')
    parser.add_argument('--overwrite', action='store_true', help='forget earlier results')


def _detect_file(
    source: Source,
    detector: TargetDetector,
    record: DetectionRecord,
    overlays: Path | None,
    bar: tqdm,
) -> None:
    """Detect in all frames of a file, and record them."""
    record.begin(source)
    count = 0
    if source.is_video:
        detector = detector.for_video()
    writer = None if overlays is None else OverlayWriter(overlays, source)
    try:
        for image, seconds in read_frames(source):
            detection = detector(image, source.name)
            record.add(count, seconds, detection.mask.shape, detection.targets)
            if writer:
                writer.add(detection.grey, detection.targets, seconds)
            count += 1
            if source.is_video:
                bar.set_postfix_str(f'{_shown(source.name)}: frame {count}')
        if writer:
            writer.close()
    finally:
        if writer:
            writer.discard()
    record.end(count, overlay=writer is not None)


def _shown(name: str) -> str:
    """A file's name as a terminal takes it."""
    return name.encode(errors='backslashreplace').decode()


def run(args: argparse.Namespace) -> int:
    """Detect, and write the tables.

    Returns:
        int: 0, or 1 if files failed or results cannot be written.
    """
    sources = find_sources(args.inputs, args.out)
    asked = asked_rate(args, sources)
    detector = parse_detector_name(args.model).open(
        threshold=args.threshold,
        **level_options(args),
        ignore_mask=args.ignore_mask,
        backend=args.backend,
        precision=args.precision,
        device=args.device,
        threads=args.threads,
        operating_points=args.operating_point,
        false_alarms=asked,
    )
    tell_doubt(detector.operating_points, asked, detector.threshold)
    try:
        with DetectionRecord(args.out, settings_of(detector), forget=args.overwrite) as record:
            return _detect(args, sources, detector, record)
    except WriteError as error:
        print(
            f'mdpnet detect: {_shown(str(error))}\nWhat is done is kept; when it can be written, '
            'the same command goes on from here',
            file=sys.stderr,
        )
        return 1


def _detect(
    args: argparse.Namespace,
    sources: list[Source],
    detector: TargetDetector,
    record: DetectionRecord,
) -> int:
    """Go through the files that are not done, and write tables of all of them."""
    overlays = args.out / OVERLAYS if args.overlay else None
    waiting = [source for source in sources if not record.knows(source, overlay=args.overlay)]
    known = len(sources) - len(waiting)
    failed = 0
    with tqdm(waiting, total=len(sources), initial=known, unit='file') as bar:
        for source in bar:
            try:
                _detect_file(source, detector, record, overlays, bar)
            except (ImportError, OSError, TypeError, ValueError, cv2.error) as error:
                failed += 1
                bar.write(_shown(f'{source.name}: {error}'), file=sys.stderr)
    lines = functools.partial(record.lines, sources)
    written = write_tables(lines, args.out, args.format)
    targets = frames = 0
    for line in lines():
        targets += len(line['targets'])
        frames += 1
    tables = ', '.join(path.name for path in written)
    print(f'{targets} targets in {frames} frames: {_shown(str(args.out))}/{tables}')
    if known:
        print(f'{known} of {len(sources)} files were done before; --overwrite does them anew')
    for remark in detector.levels.remarks():
        print(remark, file=sys.stderr)
    if failed:
        print(f'{failed} of {len(sources)} files failed', file=sys.stderr)
    return 1 if failed else 0
