r"""Measure the operating points of weights on the val split of their config, or on other images.

The file beside the weights, NAME.operating_points.json, is what `TargetDetector` finds by itself.
Weights that were trained on val as well need other images, with --images, --truths and --names.
Their confidence may stay that of the same training without val, with --keep-confidence.

Example:
    python tools/analysis_tools/operating_points.py configs/mdpnet/mdpnet-fast_sirst-320x320.py \
        mdp_plugin/weights/mdpnet-fast_sirst-320x320.pth
    python tools/analysis_tools/operating_points.py \
        configs/mdpnet/mdpnet-fine_focal_sirst-320x320.py \
        mdp_plugin/weights/mdpnet-fine_focal_sirst-320x320.pth \
        --images data/SIRST-V2/mixed --truths data/SIRST-V2/annotations/masks \
        --names data/SIRST-V2/splits/new_val.txt --keep-confidence
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from tqdm import tqdm

from mdp_plugin.evaluation.operating_points import SUFFIX, OperatingPoints
from mdp_plugin.reporting.points_of_config import points_of_config


def main() -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='path of the config')
    parser.add_argument('weights', type=Path, help='path of the weights')
    parser.add_argument('--images', help='folder of images; default: the val split')
    parser.add_argument('--truths', help='folder of their true masks')
    parser.add_argument('--names', help='list of the images to take; default: all')
    parser.add_argument(
        '--keep-confidence', action='store_true', help='that of the file that is there'
    )
    parser.add_argument(
        '--false-alarms', metavar='RATE',
        help='the threshold in use keeps this rate there, such as 0.02/frame; default: it is 0.5',
    )  # fmt: skip
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    args = parser.parse_args()
    if (args.images is None) != (args.truths is None) or (args.names and args.images is None):
        parser.error('--images and --truths belong together, and --names to them')
    try:
        points = points_of_config(
            args.config,
            args.weights,
            images=args.images,
            truths=args.truths,
            names=args.names,
            false_alarms=args.false_alarms,
            threads=args.threads,
            progress=lambda samples: tqdm(samples, unit='image', disable=None),
        )
        file = args.weights.with_suffix(SUFFIX)
        if args.keep_confidence:
            points = replace(points, confidence=OperatingPoints.load(file).confidence)
        points.save(file)
    except (ImportError, KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(f'error: {error}') from error
    print(f'{points.data}, threshold {points.threshold:g}: {points.outcome(points.threshold)}')
    print(file)


if __name__ == '__main__':
    main()
