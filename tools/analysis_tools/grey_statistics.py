"""Grey mean and standard deviation of a config's training images, and what its splits hold.

The two numbers belong into ``data_preprocessor`` of the dataset config. Each image is brought to
the size at which the network sees it (the pipeline up to ``AlignedResize``) and weighs the same.

Example:
    python tools/analysis_tools/grey_statistics.py configs/_base_/datasets/sirst.py
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
import numpy as np
from mmengine.config import Config
from mmengine.dataset import ConcatDataset
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from mdp_plugin.datasets import IRSTDDataset
from mdp_plugin.datasets.dataset_config import parts_of, with_pipeline
from mdp_plugin.imaging.masks import label_targets

DETERMINISTIC = (
    'LoadImageFromFile',
    'LoadAnnotations',
    'ToGrayscale',
    'BinarizeMask',
    'AlignedResize',
)


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


def build(cfg: Config, split: str) -> IRSTDDataset | ConcatDataset:
    """Build a split's data set with the part of the training pipeline that is not random."""
    pipeline = parts_of(cfg.train_dataloader.dataset)[0].pipeline
    pipeline = [step for step in pipeline if step['type'] in DETERMINISTIC]
    dataset = cfg[f'{split}_dataloader'].dataset
    return DATASETS.build(with_pipeline(dataset, pipeline, cache_images=False))


def grey_statistics(images: Sequence[np.ndarray]) -> dict[str, float]:
    """Mean and standard deviation over all pixels, every image weighing the same.

    Args:
        images (Sequence[np.ndarray]): Images of shape (H, W), at least one.

    Returns:
        dict: ``mean`` and ``std`` in the images' units.
    """
    mean = sum(float(img.mean(dtype=np.float64)) for img in images) / len(images)
    square = sum(float(np.square(img, dtype=np.float64).mean()) for img in images) / len(images)
    return dict(mean=mean, std=math.sqrt(max(square - mean * mean, 0.0)))


def main(argv: Sequence[str] | None = None) -> None:
    """Print the statistics."""
    args = parse_args(argv)
    cfg = Config.fromfile(args.config)
    init_default_scope('mmseg')
    for split in args.splits:
        samples = list(build(cfg, split))
        areas = [
            int(area)
            for sample in samples
            for area in np.bincount(label_targets(sample['gt_seg_map'])[0].ravel())[1:]
        ]
        print(
            f'{split}: {len(samples)} images, {len(areas)} targets, '
            f'median area {np.median(areas) if areas else 0:g} px, '
            f'{sum(not sample["gt_seg_map"].any() for sample in samples)} images without target'
        )
        if split == 'train':
            grey = grey_statistics([sample['img'] for sample in samples])
            print(f'train: mean=[{grey["mean"]:.2f}], std=[{grey["std"]:.2f}]')


if __name__ == '__main__':
    main()
