"""Measure the operating points of weights on the val split of their config.

The file beside the weights, NAME.operating_points.json, is what `TargetDetector` finds by itself.

Example:
    python tools/analysis_tools/operating_points.py configs/mdpnet/mdpnet-fast_sirst-320x320.py \
        mdp_plugin/weights/mdpnet-fast_sirst-320x320.pth
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from tqdm import tqdm

from mdp_plugin.evaluation.operating_points import SUFFIX
from mdp_plugin.reporting.points_of_config import points_of_config


def main() -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='path of the config')
    parser.add_argument('weights', type=Path, help='path of the weights')
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    args = parser.parse_args()
    try:
        points = points_of_config(
            args.config,
            args.weights,
            threads=args.threads,
            progress=lambda samples: tqdm(samples, unit='image', disable=None),
        )
        file = args.weights.with_suffix(SUFFIX)
        points.save(file)
    except (ImportError, KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(f'error: {error}') from error
    print(f'{points.data}, threshold {points.threshold:g}: {points.outcome(points.threshold)}')
    print(file)


if __name__ == '__main__':
    main()
