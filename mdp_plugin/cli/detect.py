"""Find the targets in pictures and videos.

Results go to one folder: targets.csv, and by choice targets.json, targets_coco.json and pictures
with the targets framed. A run that was stopped goes on where it ended; a file that cannot be read
is named, makes the exit status 1 and stops nothing else.

Example:
    mdpnet detect frames/ --out found --overlay
    mdpnet detect 'night/*.tif' clip.mp4 --white-level 16383 --format csv coco
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from ..detection import Detection, TargetDetector, parse_detector_name
from ..detection.detector_name import GRAMMAR
from ..detection.overlay import draw_targets, open_video
from ..detection.records import FORMATS, DetectionRecord
from ..detection.sources import Source, find_sources, frame_rate, read_frames
from ..zoo.entries import DEFAULT_MODEL
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
    level = parser.add_mutually_exclusive_group()
    level.add_argument('--threshold', type=float, help="default: the model's, usually 0.5")
    level.add_argument(
        '--fa-budget', type=float, metavar='RATE',
        help='the threshold that kept this rate of false pixels, such as 1e-6, on val',
    )  # fmt: skip
    parser.add_argument(
        '--operating-point', type=Path, metavar='FILE',
        help="threshold and confidence of `mdpnet evaluate`; default: the model's own",
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


class _OverlayWriter:
    """Pictures with framed targets: one for each frame, or a video of a video."""

    def __init__(self, folder: Path, source: Source) -> None:
        self._path = folder / source.name
        self._source = source
        self._video: cv2.VideoWriter | None = None
        self._count = 0

    def add(self, grey: np.ndarray, detection: Detection) -> None:
        """Draw one frame."""
        picture = draw_targets(grey, detection.targets)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._source.is_video:
            suffix = f'_{self._count}.png' if self._count else '.png'
            # The old suffix stays in the name: a.tif and a.png may lie side by side.
            cv2.imwrite(str(self._path) + suffix, picture)
        else:
            if self._video is None:
                path = Path(f'{self._path}.mp4')
                self._video = open_video(path, frame_rate(self._source), picture.shape[1::-1])
            self._video.write(picture)
        self._count += 1

    def close(self) -> None:
        """End the video."""
        if self._video is not None:
            self._video.release()


def _detect_file(
    source: Source,
    detector: TargetDetector,
    record: DetectionRecord,
    overlays: Path | None,
    bar: tqdm,
) -> None:
    """Detect in all frames of a file, and record them."""
    frame = 0
    if source.is_video:
        detector = detector.for_video()
    writer = None if overlays is None else _OverlayWriter(overlays, source)
    try:
        for frame, image in enumerate(read_frames(source), start=1):
            detection = detector(image, source.name)
            record.add(source.name, frame - 1, detection.mask.shape, detection.targets)
            if writer:
                writer.add(detection.grey, detection)
            if source.is_video:
                bar.set_postfix_str(f'{source.name}: frame {frame}')
    finally:
        if writer:
            writer.close()
    record.finish(source.name, frame)


def run(args: argparse.Namespace) -> int:
    """Detect, and write the tables.

    Returns:
        int: 0, or 1 if files failed.
    """
    sources = find_sources(args.inputs)
    named = parse_detector_name(args.model)
    detector = named.open(
        threshold=args.threshold,
        **level_options(args),
        ignore_mask=args.ignore_mask,
        backend=args.backend,
        precision=args.precision,
        device=args.device,
        threads=args.threads,
        operating_points=args.operating_point,
        fa_budget=args.fa_budget,
    )
    if args.overwrite:
        (args.out / 'record.jsonl').unlink(missing_ok=True)
    settings = {
        'model': named.path,
        'weights': named.weights,
        'threshold': detector.threshold,
        'confidence': detector.confidence and list(detector.confidence),
        **detector.levels.to_dict(),
        'ignore_mask': args.ignore_mask and str(args.ignore_mask),
    }
    record = DetectionRecord(args.out / 'record.jsonl', settings)
    overlays = args.out / 'overlays' if args.overlay else None
    waiting = [source for source in sources if source.name not in record.frames_of]
    failed = []
    try:
        with tqdm(
            waiting, total=len(sources), initial=len(sources) - len(waiting), unit='file'
        ) as bar:
            for source in bar:
                try:
                    _detect_file(source, detector, record, overlays, bar)
                except (OSError, TypeError, ValueError, cv2.error) as error:
                    record.fail(source.name, str(error))
                    failed.append(source.name)
                    bar.write(f'{source.name}: {error}', file=sys.stderr)
    finally:
        record.close()
    written = []
    for name in args.format:
        file, write = FORMATS[name]
        write(record, args.out / file)
        written.append(file)
    count = sum(len(line['targets']) for line in record.frames())
    frames = sum(record.frames_of.values())
    print(f'{count} targets in {frames} frames: {args.out}/{", ".join(written)}')
    for remark in detector.levels.remarks():
        print(remark, file=sys.stderr)
    if failed:
        print(f'{len(failed)} of {len(sources)} files failed', file=sys.stderr)
    return 1 if failed else 0
