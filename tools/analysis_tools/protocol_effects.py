r"""Show how far the values of one detector differ if only the rules of measuring change.

Example:
    python tools/analysis_tools/protocol_effects.py mdpnet-sirst data/SIRST/images \
        data/SIRST/masks --names data/SIRST/idx_427/test.txt
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from tqdm import tqdm

from mdp_plugin.detection import parse_detector_name
from mdp_plugin.evaluation.figures import without_nan
from mdp_plugin.evaluation.protocol_effects import (
    Sample,
    averaged_views,
    effects_table,
    measure_effects,
)
from mdp_plugin.evaluation.scored_files import files_by_name, read_names
from mdp_plugin.evaluation.scored_images import ScoredImages


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('detector', help='as `mdpnet detect --model` takes it')
    parser.add_argument('images', type=Path, help='folder of images')
    parser.add_argument('masks', type=Path, help='folder of their masks')
    parser.add_argument('--names', type=Path, help='list of the images to take; default: all')
    parser.add_argument('--first', type=int, help='take only so many of them; default: all')
    parser.add_argument('--out', type=Path, help='file for the values (JSON)')
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    return parser.parse_args()


def samples_of(args: argparse.Namespace) -> Iterator[Sample]:
    """Run the detector on each image, plain and flipped."""
    detector = parse_detector_name(args.detector).open(threads=args.threads)
    names = list(files_by_name(args.images)) if args.names is None else read_names(args.names)
    scored = [
        ScoredImages(predict, args.masks, images=args.images, names=names[: args.first])
        for predict in (detector, lambda image: averaged_views(detector.predict, image))
    ]
    for plain, flipped in tqdm(
        zip(*scored, strict=True), unit='image', total=len(scored[0]), disable=None
    ):
        yield Sample(plain[1], flipped[1], plain[2])


def main() -> None:
    """Run the tool."""
    args = parse_args()
    try:
        measured = measure_effects(samples_of(args))
        if args.out is not None:
            args.out.parent.mkdir(parents=True, exist_ok=True)
            values = {name: without_nan(row) for name, row in measured.items()}
            args.out.write_text(json.dumps(values, indent=1, allow_nan=False) + '\n')
    except (ImportError, KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(f'error: {error}') from error
    print('\n'.join(effects_table(measured)))


if __name__ == '__main__':
    main()
