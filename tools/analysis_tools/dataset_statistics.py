"""Measure what an infrared small-target data set looks like: targets, clutter, spectrum.

Example:
    python tools/analysis_tools/dataset_statistics.py data/synthetic data/SIRST
    python tools/analysis_tools/dataset_statistics.py data/NUDT-SIRST --names train.txt --area 13 36
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from mdp_plugin.cli.level_arguments import add_level_arguments, level_options
from mdp_plugin.evaluation.dataset_statistics import describe, listed_pairs, measure
from mdp_plugin.evaluation.scored_files import read_names
from mdp_plugin.imaging.grey_levels import GreyLevels


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        'roots',
        nargs='+',
        help='folders with images/ and masks/ (NAME or NAME_pixels0)',
    )
    parser.add_argument('--names', type=Path, help='list of the images to take; default: all')
    parser.add_argument(
        '--area', type=int, nargs=2, metavar=('MIN', 'MAX'), default=(1, sys.maxsize),
        help='take only targets of so many pixels',
    )  # fmt: skip
    parser.add_argument('--step', type=int, default=1, help='use every n-th image')
    add_level_arguments(parser, 'auto')
    return parser.parse_args()


def main() -> None:
    """Run the tool."""
    args = parse_args()
    try:
        levels = GreyLevels(**level_options(args))
        names = None if args.names is None else read_names(args.names)
        for root in map(Path, args.roots):
            pairs = listed_pairs(root, names, args.step)
            measured = measure(pairs, levels=levels, area=args.area)
            print(describe(root.name, len(pairs), *measured))
    except (OSError, TypeError, ValueError) as error:
        raise SystemExit(f'error: {error}') from error


if __name__ == '__main__':
    main()
