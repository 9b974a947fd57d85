"""Find the targets in pictures and videos.

Results go to one folder: targets.csv, and by choice JSON, COCO and pictures with the targets
framed. A run that was stopped goes on where it ended; a file that cannot be read, or not to its
end, is named, makes the exit status 1 and stops nothing else.

With --track what is found is followed from frame to frame, and reported once several frames
confirm it. Videos and TIFFs of several pages are sequences, and so are the pictures of one folder.

A stream is looked at until it ends or Ctrl+C ends it, and its tables are whole then: a camera by
its number, an address such as rtsp://, or - for standard input. With --follow so is a folder, into
which somebody writes files.

Example:
    mdpnet detect frames/ --out found --overlay
    mdpnet detect clip.mp4 --false-alarms 1000/hour
    mdpnet detect 'night/*.tif' clip.mp4 --white-level 16383 --format csv coco
    mdpnet detect @frames.txt 's3://bucket/night/*.png' --workers 8
    mdpnet detect clip.mp4 --track --confirm 3/5 --radius 10
    mdpnet detect rtsp://camera.local/stream --out watch
    mdpnet detect incoming/ --follow --timeout 3600
    ffmpeg -i clip.mp4 -f matroska -c:v ffv1 - | mdpnet detect -
"""

import argparse
import contextlib
import functools
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..deploy.exported_detector import MOST_THREADS, check_threads
from ..detection import TargetDetector, Tracking, parse_detector_name
from ..detection.detector_name import GRAMMAR
from ..detection.detector_settings import settings_of
from ..detection.file_detector import Begin, End, FileDetector, Part
from ..detection.growing_folder import GrowingFolder
from ..detection.records import DetectionRecord
from ..detection.sources import OVERLAYS, Source
from ..detection.tables import FORMATS, write_tables
from ..detection.tracking import parse_confirm
from ..detection.workers import LEAST_FILES, Workers, free_cores, usual_workers
from ..detection.written_files import WriteError
from ..wording import counted
from ..zoo.entries import DEFAULT_MODEL
from .detect_inputs import TIMEOUT, named_sources
from .false_alarm_arguments import add_false_alarm_arguments, asked_rate, tell_doubt
from .level_arguments import add_level_arguments, level_options
from .output import add_json_argument, progress, tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument(
        'inputs', nargs='+', metavar='INPUT',
        help='picture, video, folder, quoted pattern, @LIST of files, or address in a storage; or '
        'one stream: number of a camera, address, or - for standard input',
    )  # fmt: skip
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
    parser.add_argument(
        '--raw', metavar='WIDTHxHEIGHT:PIXELS',
        help="standard input holds raw frames, pixels by FFmpeg's name: 640x512:gray16le",
    )  # fmt: skip
    parser.add_argument(
        '--timeout', type=float, metavar='SECONDS',
        help=f'how long nothing may come from a stream (default: {TIMEOUT:g}), or into a folder '
        'with --follow (default: for ever)',
    )  # fmt: skip
    parser.add_argument(
        '--follow', action='store_true',
        help='wait for files that are written into the folder, until Ctrl+C or --timeout',
    )  # fmt: skip
    parser.add_argument('--backend', help='what runs an exported file; default: by its suffix')
    parser.add_argument('--precision', choices=('f32', 'bf16', 'f16'), default='f32')
    parser.add_argument('--device', help='device of PyTorch; default: a GPU if there is one')
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    parser.add_argument(
        '--workers', type=int, metavar='N',
        help='processes that share files and threads; default: one a thread, with '
        f'{LEAST_FILES} files or more for each, and a single one on a GPU and for --track',
    )  # fmt: skip
    parser.add_argument(
        '--format', nargs='+', choices=sorted(FORMATS), default=['csv'], help='default: csv'
    )
    parser.add_argument('--overlay', action='store_true', help='draw the targets, too')
    parser.add_argument('--overwrite', action='store_true', help='forget earlier results')
    add_json_argument(parser)


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


def _shown(name: str) -> str:
    """A file's name as a terminal takes it."""
    return name.encode(errors='backslashreplace').decode()


def run(args: argparse.Namespace) -> int:
    """Detect, and write the tables.

    Returns:
        int: 0, or 1 if files failed or results cannot be written.
    """
    tracking = _tracking(args)
    with named_sources(args) as sources:
        return _run(args, sources, tracking)


def _run(args: argparse.Namespace, sources: Sequence[Source], tracking: Tracking | None) -> int:
    """Detect in the files or the stream, see :func:`run`."""
    asked = asked_rate(args, sources)
    workers_asked = args.workers
    args.workers, args.threads = _shares(args, len(sources))
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
    if detector.on_gpu and args.workers > 1:
        if workers_asked:
            raise ValueError('a GPU is for one process; leave --workers out')
        args.workers = 1
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


def _shares(args: argparse.Namespace, files: int) -> tuple[int, int | None]:
    """Number of workers, and the threads of each."""
    check_threads(args.threads)
    if args.workers is not None:
        if not 1 <= args.workers <= MOST_THREADS:
            raise ValueError(f'workers must lie between 1 and {MOST_THREADS}, got {args.workers}')
        if args.track and args.workers > 1:
            raise ValueError('--track needs the frames in their order; leave --workers out')
        if args.follow and args.workers > 1:
            raise ValueError('--follow takes files as they come; leave --workers out')
    if args.track:
        return 1, args.threads
    cores = args.threads or free_cores()
    workers = args.workers or usual_workers(files, cores)
    return workers, args.threads if workers == 1 else max(1, cores // workers)


def _parts(
    files: Iterable[tuple[int, Source]], job: FileDetector
) -> Iterator[tuple[int, Source, Part]]:
    """Detect in files, one after the other."""
    for number, source in files:
        for part in job(source):
            yield number, source, part


def _detect(
    args: argparse.Namespace,
    sources: Sequence[Source],
    detector: TargetDetector,
    tracking: Tracking | None,
    record: DetectionRecord,
) -> int:
    """Go through the files that are not done, and write tables of all of them."""
    job = FileDetector(detector, tracking, args.out / OVERLAYS if args.overlay else None)
    growing = sources if isinstance(sources, GrowingFolder) else None
    files: Iterable[tuple[int, Source]]
    if growing is not None:
        files, known, total = growing.arrivals(record, overlay=args.overlay), 0, None
    else:
        waiting = record.waiting(sources, overlay=args.overlay)
        files = ((number, sources[number]) for number in waiting)
        known, total = len(sources) - len(waiting), len(sources)
    levels = detector.levels.updated()  # the same ones, for the remarks on all files
    failed: dict[str, str] = {}
    count = 0
    with contextlib.ExitStack() as stack:
        parts = _parts(files, job)
        workers = args.workers if total is None else min(args.workers, total - known)
        if workers > 1:
            parts = stack.enter_context(Workers(job, workers, args.threads)).run(files)
        bar = stack.enter_context(progress(args, None, 'file', total=total, initial=known))
        for number, source, part in parts:
            if isinstance(part, Begin):
                record.begin(part.state)
                count = 0
            elif isinstance(part, End):
                levels.add_remarks(part.remarks)
                if part.fault is None:
                    record.end(number, part.frames, overlay=part.overlay)
                    failed.pop(_shown(source.name), None)  # one that was not whole, and now is
                # What came from a stream before its end is good.
                fault = part.fault or (source.live and source.live.problem)
                if fault:
                    failed[_shown(source.name)] = _shown(str(fault))
                    bar.write(_shown(f'{source.name}: {fault}'), file=sys.stderr)
                bar.update()
            else:
                record.add(part)
                count += 1
                if source.is_video or tracking:
                    pace = f', {source.live.pace:.1f} a second' if source.live else ''
                    bar.set_postfix_str(f'{_shown(source.name)}: frame {count}{pace}')
    failed_files = len(failed)
    if growing is not None:
        known = growing.known
        if growing.problem:
            failed[_shown(growing.name)] = growing.problem
            print(_shown(f'{growing.name}: {growing.problem}'), file=sys.stderr)
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
    followed = f', {counted(len(tracks), "track")}' if tracking else ''
    where = f'{_shown(str(args.out))}/{tables}'
    in_all = counted(frames.total(), 'frame')
    print(f'{counted(targets, "target")} in {in_all}{followed}: {where}')
    if args.overlay:
        print(f'pictures with the targets: {_shown(str(args.out / OVERLAYS))}')
    files_in_all = counted(len(sources), 'file')
    for live in filter(None, (source.live for source in sources)):
        print(f'{counted(live.count, "frame has", "frames have")} come, {live.pace:.1f} a second')
        if live.damaged:
            print(f'not decoded: {counted(live.damaged, "packet")}', file=sys.stderr)
    if growing is not None:
        came = counted(growing.come, 'file has', 'files have')
        print(f'{came} come, {growing.pace:.1f} a second')
    if known:
        print(f'{known} of {files_in_all} done before; --overwrite does them anew')
    if args.json:
        tell(
            args,
            num_frames=frames.total(),
            num_targets=targets,
            num_tracks=len(tracks) if tracking else None,
            frames=list(lines()),
            failed=failed,
            written=[_shown(str(path)) for path in written],
        )
    least = tracking.confirm[0] if tracking else 0
    short = sum(count < least for count in frames.values())
    if short:
        print(
            f'in {short} of {counted(len(frames), "sequence")} nothing can be confirmed: '
            f'fewer than {least} frames',
            file=sys.stderr,
        )
    for remark in levels.remarks():
        print(remark, file=sys.stderr)
    if failed_files:
        print(f'{failed_files} of {files_in_all} failed', file=sys.stderr)
    return 1 if failed else 0
