"""Find the targets in pictures and videos.

Results go to one folder: targets.csv, and by choice JSON, COCO and pictures with the targets
framed. A run that was stopped goes on where it ended; a file that cannot be read, or not to its
end, is named, makes the exit status 1 and stops nothing else.

With --track what is found is followed from frame to frame, and reported once several frames
confirm it. Videos and TIFFs of several pages are sequences, and so are the pictures of one folder.

Example:
    mdpnet detect frames/ --out found --overlay
    mdpnet detect clip.mp4 --false-alarms 1000/hour
    mdpnet detect 'night/*.tif' clip.mp4 --white-level 16383 --format csv coco
    mdpnet detect clip.mp4 --track --confirm 3/5 --radius 10
"""

import argparse
import functools
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
from tqdm import tqdm

from ..detection import Detection, TargetDetector, Tracker, Tracking, parse_detector_name
from ..detection.detector_name import GRAMMAR
from ..detection.detector_settings import settings_of
from ..detection.overlay import OverlayWriter
from ..detection.records import DetectionRecord
from ..detection.sources import OVERLAYS, Source, find_sources, read_frames
from ..detection.tables import FORMATS, write_tables
from ..detection.tracking import parse_confirm
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
    usual = Tracking()
    parser.add_argument(
        '--track', action='store_true',
        help='follow targets from frame to frame, and report those that several frames confirm',
    )  # fmt: skip
    parser.add_argument(
        '--confirm', metavar='M/N',
        help='frames in a row, N, and in how many of them a track must have a target; '
        f'default: {usual.confirm[0]}/{usual.confirm[1]}',
    )  # fmt: skip
    parser.add_argument(
        '--radius', type=float, metavar='PIXELS',
        help='how far a target may be from where its track is expected; '
        f'default: {usual.radius:g}',
    )  # fmt: skip
    parser.add_argument(
        '--coast', type=int, metavar='FRAMES',
        help=f'how long a confirmed track may be missed; default: {usual.coast}',
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


def _tracking(args: argparse.Namespace) -> Tracking | None:
    """How targets are followed; None without --track."""
    given = {
        name: value
        for name in ('confirm', 'radius', 'coast')
        if (value := getattr(args, name)) is not None
    }
    if not args.track:
        if given:
            raise ValueError(f'--{next(iter(given))} is for sequences; add --track')
        return None
    if 'confirm' in given:
        given['confirm'] = parse_confirm(given['confirm'])
    return Tracking(**given)


def _detections(
    source: Source, detector: TargetDetector
) -> Iterator[tuple[Detection, float | None]]:
    """What is found in each frame of a file, and the frame's time."""
    for index, (image, seconds) in enumerate(read_frames(source)):
        yield detector(image, source.place_of(index)[0].name), seconds


def _detect_file(
    source: Source,
    detector: TargetDetector,
    tracking: Tracking | None,
    record: DetectionRecord,
    overlays: Path | None,
    bar: tqdm,
) -> None:
    """Detect in all frames of a file, and record them."""
    record.begin(source)
    count = 0
    if source.is_video or tracking:
        detector = detector.for_video()
    found = _detections(source, detector)
    if tracking:
        found = Tracker(tracking, source.rate()).follow(found)
    writer = None if overlays is None else OverlayWriter(overlays, source)
    try:
        for detection, seconds in found:
            record.add(count, seconds, detection.mask.shape, detection.targets)
            if writer:
                writer.add(detection.grey, detection.targets, seconds)
            count += 1
            if source.is_video or tracking:
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
    tracking = _tracking(args)
    sources = find_sources(args.inputs, args.out, sequences=args.track)
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
        settings = settings_of(detector, tracking)
        with DetectionRecord(args.out, settings, forget=args.overwrite) as record:
            return _detect(args, sources, detector, tracking, record)
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
    tracking: Tracking | None,
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
                _detect_file(source, detector, tracking, record, overlays, bar)
            except (ImportError, OSError, TypeError, ValueError, cv2.error) as error:
                failed += 1
                bar.write(_shown(f'{source.name}: {error}'), file=sys.stderr)
    lines = functools.partial(record.lines, sources)
    written = write_tables(lines, args.out, args.format)
    targets = 0
    frames = Counter[str | None]()
    tracks: set[tuple[str | None, int]] = set()
    for line in lines():
        targets += len(line['targets'])
        sequence = line.get('sequence')
        frames[sequence] += 1
        tracks.update((sequence, target['track_id']) for target in line['targets'])
    tables = ', '.join(path.name for path in written)
    followed = f', {len(tracks)} tracks' if tracking else ''
    where = f'{_shown(str(args.out))}/{tables}'
    print(f'{targets} targets in {frames.total()} frames{followed}: {where}')
    if known:
        print(f'{known} of {len(sources)} files were done before; --overwrite does them anew')
    least = tracking.confirm[0] if tracking else 0
    short = sum(count < least for count in frames.values())
    if short:
        print(
            f'{short} of {len(frames)} sequences have fewer than {least} frames, in which nothing '
            'can be confirmed',
            file=sys.stderr,
        )
    for remark in detector.levels.remarks():
        print(remark, file=sys.stderr)
    if failed:
        print(f'{failed} of {len(sources)} files failed', file=sys.stderr)
    return 1 if failed else 0
