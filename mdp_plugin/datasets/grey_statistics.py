"""Mean, standard deviation and targets of a config's splits, as its network sees the images."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.dataset import ConcatDataset
from mmseg.registry import DATASETS

from ..imaging.grey_statistics import moments, statistics_of
from ..imaging.masks import label_targets
from .dataset_config import parts_of, with_pipeline
from .irstd import IRSTDDataset

#: Steps of a pipeline that change every image in the same way each time.
DETERMINISTIC = (
    'LoadImageFromFile',
    'LoadAnnotations',
    'ToGrayscale',
    'BinarizeMask',
    'AlignedResize',
)


def build_split(cfg: Config, split: str) -> IRSTDDataset | ConcatDataset:
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
    return statistics_of(moments(image) for image in images)


class SplitStatistics(NamedTuple):
    """What a split holds.

    Attributes:
        images (int): Number of images.
        areas (list[int]): Pixels of each target.
        empty (int): Images without a target.
        grey (dict[str, float]): See :func:`grey_statistics`.
    """

    images: int
    areas: list[int]
    empty: int
    grey: dict[str, float]


def measure_split(cfg: Config, split: str) -> SplitStatistics:
    """Measure a split of a config.

    Args:
        cfg (Config): Config of a data set, or a complete one.
        split (str): 'train', 'val' or 'test'.

    Returns:
        SplitStatistics: What the split holds.
    """
    samples: list[dict[str, Any]] = list(build_split(cfg, split))
    areas = [
        int(area)
        for sample in samples
        for area in np.bincount(label_targets(sample['gt_seg_map'])[0].ravel())[1:]
    ]
    empty = sum(not sample['gt_seg_map'].any() for sample in samples)
    return SplitStatistics(
        len(samples), areas, empty, grey_statistics([sample['img'] for sample in samples])
    )
