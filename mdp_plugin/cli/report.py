"""Write a report on one or several detectors: one HTML file with figures, curves and galleries.

A DETECTOR is a name in the zoo, CONFIG,WEIGHTS, an exported file, or a folder of predictions as
`mdpnet evaluate` reads them; LABEL= in front of it is what the report calls it. The images are the
test split of the first detector's config, or those of --images and --truths. Beside the page stand
its tables as CSV and LaTeX.

Example:
    mdpnet report mdpnet --out report.html
    mdpnet report mdpnet sirst.onnx others=masks_of_others/ --images images/ --truths masks/
"""

import argparse
import sys
from pathlib import Path

from .level_arguments import add_level_arguments, level_options
from .output import add_json_argument, progress, tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('detectors', nargs='+', metavar='DETECTOR', help='see above')
    parser.add_argument(
        '--out', type=Path, default=Path('report.html'), help='default: report.html'
    )
    parser.add_argument('--images', type=Path, help='folder of images')
    parser.add_argument('--truths', type=Path, help='folder of their true masks')
    parser.add_argument('--names', type=Path, metavar='FILE', help='split: these images only')
    parser.add_argument('--threshold', type=float, default=0.5, help='default: 0.5')
    parser.add_argument(
        '--square', type=int, metavar='SIDE', help="second protocol; default: the network's size"
    )
    parser.add_argument(
        '--pictures', type=Path, metavar='DIR',
        help='also write the curves and a sheet of all misses and false alarms there, as PNG',
    )  # fmt: skip
    add_level_arguments(parser)
    parser.add_argument('--title', help='default: the data set')
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Score the detectors and write the report."""
    from ..reporting.building import report

    made = report(
        args.detectors,
        images=args.images,
        truths=args.truths,
        names=args.names,
        threshold=args.threshold,
        square=args.square,
        title=args.title,
        threads=args.threads,
        **level_options(args),
        command=args.line,
        progress=lambda samples, name: progress(args, samples, 'image', name),
    )
    for remark in made.remarks:
        print(remark, file=sys.stderr)
    written = made.write(args.out)
    page, *tables = written
    print(f'report: {page}\ntables: {", ".join(map(str, tables))}')
    if args.pictures is not None:
        pictures = made.write_pictures(args.pictures)
        written += pictures
        print(f'pictures: {", ".join(map(str, pictures))}')
    content = made.to_dict()
    for detector in content['detectors'].values():
        del detector['curves'], detector['targets']  # thousands of numbers
    tell(args, **content, written=written)
    return 0
