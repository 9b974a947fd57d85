"""Measure what a detector finds where images of 8 bits come as a camera's raw values.

Example:
    python tools/analysis_tools/raw_levels.py data/SIRST/images data/SIRST/masks \
        --names data/SIRST/idx_427/test.txt --first 40
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from mdp_plugin.cli.level_arguments import add_level_arguments, level_options
from mdp_plugin.detection import parse_detector_name
from mdp_plugin.evaluation.raw_levels import measure_encodings
from mdp_plugin.evaluation.scored_files import (
    MASK_ENDINGS,
    files_by_name,
    keep_names,
    read_names,
)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('images', type=Path, help='folder of images of 8 bits')
    parser.add_argument('masks', type=Path, help='folder of their masks')
    parser.add_argument('--names', type=Path, help='list of the images to take; default: all')
    parser.add_argument('--first', type=int, help='take only so many of them; default: all')
    parser.add_argument('--model', default='mdpnet', help='the detector; default: mdpnet')
    add_level_arguments(parser)
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    return parser.parse_args()


def main() -> None:
    """Run the tool."""
    args = parse_args()
    try:
        images = files_by_name(args.images)
        names = list(images) if args.names is None else read_names(args.names)
        names = names[: args.first]
        images = keep_names(images, names, args.images)
        masks = keep_names(files_by_name(args.masks, endings=MASK_ENDINGS), names, args.masks)
        options = dict(threads=args.threads, **level_options(args))
        detector = parse_detector_name(args.model).open(**options)
        outcomes = measure_encodings(
            detector, list(zip(images.values(), masks.values(), strict=True))
        )
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(f'error: {error}') from error
    print(f'| {len(images)} images as | targets found | false targets | in 1e6 pixels |')
    print('| --- | ---: | ---: | ---: |')
    for name, found in outcomes.items():
        rate = 1e6 * found.false / found.pixels
        print(f'| {name} | {found.found} of {found.targets} | {found.false} | {rate:.2f} |')


if __name__ == '__main__':
    main()
