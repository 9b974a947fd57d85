"""Grey mean and standard deviation of a config's training images, and what its splits hold.

The two numbers belong into ``data_preprocessor`` of the dataset config. Each image is brought to
the size at which the network sees it (the pipeline up to ``AlignedResize``) and weighs the same.

Example:
    python tools/analysis_tools/grey_statistics.py configs/_base_/datasets/sirst.py
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mdp_plugin.datasets.grey_statistics import measure_split
from mdp_plugin.wording import counted


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='dataset config or complete config')
    parser.add_argument(
        '--splits',
        nargs='+',
        default=['train', 'val', 'test'],
        choices=['train', 'val', 'test'],
        help='splits to describe; mean and std are always of train',
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Print the statistics."""
    args = parse_args(argv)
    cfg = Config.fromfile(args.config)
    init_default_scope('mmseg')
    for split in args.splits:
        found = measure_split(cfg, split)
        print(
            f'{split}: {counted(found.images, "image")}, {counted(len(found.areas), "target")}, '
            f'median area {np.median(found.areas) if found.areas else 0:g} px, '
            f'{counted(found.empty, "image without target")}'
        )
        if split == 'train':
            print(f'train: mean=[{found.grey["mean"]:.2f}], std=[{found.grey["std"]:.2f}]')


if __name__ == '__main__':
    main()
