r"""Measure what a detector finds where images of 8 bits come as other cameras would give them.

Example:
    python tools/analysis_tools/degradations.py data/SIRST/images data/SIRST/masks \
        --names data/SIRST/idx_427/val.txt --out val.jsonl
    python tools/analysis_tools/degradations.py data/SIRST/images data/SIRST/masks \
        --names data/SIRST/idx_427/test.txt --first 40 --set raw
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from tqdm import tqdm

from mdp_plugin.cli.level_arguments import add_level_arguments, level_options
from mdp_plugin.detection import parse_detector_name
from mdp_plugin.evaluation.degradations import SETS, degradation_table, measure_degradations
from mdp_plugin.evaluation.figures import without_nan
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
    parser.add_argument(
        '--set', choices=sorted(SETS), default='camera',
        help='camera: gain, offset, polarity, JPEG, blur, noise, size; raw: depths and units; '
        'default: camera',
    )  # fmt: skip
    parser.add_argument('--out', type=Path, help='file for the figures, a line of JSON for each')
    parser.add_argument('--model', default='mdpnet', help='the detector; default: mdpnet')
    parser.add_argument('--threshold', type=float, help="default: the model's")
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
        images = keep_names(images, names, str(args.images))
        masks = keep_names(files_by_name(args.masks, endings=MASK_ENDINGS), names, str(args.masks))
        options = dict(threads=args.threads, threshold=args.threshold, **level_options(args))
        found = measure_degradations(
            parse_detector_name(args.model).open(**options),
            list(zip(images.values(), masks.values(), strict=True)),
            SETS[args.set],
            lambda pairs: tqdm(pairs, unit='image', disable=None),
        )
    except (ImportError, KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(f'error: {error}') from error
    print(degradation_table(found, SETS[args.set]))
    if args.out is not None:
        lines = [
            json.dumps(without_nan({'images': name, **figures.to_dict()}), allow_nan=False)
            for name, figures in found.items()
        ]
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text('\n'.join(lines) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
