"""The config of a training on frames of one's own: what its owner reads and changes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Steps of the optimizer that a training takes by default, and the epochs that it has at least.
STEPS, LEAST_EPOCHS, BATCH = 600, 12, 4
#: Largest side of what is cut out of a frame for a training step.
CROP = 256


@dataclass(frozen=True)
class TrainingPlan:
    """All that a config states.

    Attributes:
        folder (Path): What the user gave.
        images (str): Folder of all frames, relative to it.
        base (str): Config whose network it is, relative to the project's configs, or absolute.
        start (str): Weights to start from.
        started_with (tuple[float, float]): Mean and standard deviation of their training images.
        levels (dict[str, Any]): Options of grey levels.
        found (str): What the frames' values are, in words.
        statistics (dict[str, float]): Mean and standard deviation of the training frames.
        side (int): Smallest side of all frames.
        epochs (int): Length of the training.
        seed (int): Seed.
    """

    folder: Path
    images: str
    base: str
    start: str
    started_with: tuple[float, float]
    levels: dict[str, Any]
    found: str
    statistics: dict[str, float]
    side: int
    epochs: int
    seed: int


def usual_epochs(frames: int) -> int:
    """Epochs of a training on so many frames: few frames take more of them."""
    return max(LEAST_EPOCHS, round(STEPS / (frames // BATCH)))


def config_text(plan: TrainingPlan) -> str:
    """Write the config.

    Args:
        plan (TrainingPlan): What it states.

    Returns:
        str: Its text.
    """
    crop = min(CROP, -(-plan.side // 32) * 32)
    mean, std = plan.statistics['mean'], max(plan.statistics['std'], 1.0)
    base = repr(plan.base)
    if not Path(plan.base).is_absolute():
        base = f"__import__('mdp_plugin').config_file({base})"
    levels = ', '.join(f'{key}={value!r}' for key, value in plan.levels.items())
    started = '{:.2f} and {:.2f}'.format(*plan.started_with)
    return f"""\
# Trains a network on the frames below. Written by `mdpnet train`, and yours to change.
_base_ = {base}
load_from = {plan.start!r}
work_dir = '{{{{ fileDirname }}}}/run'

data_root = {str(plan.folder)!r}
# Found: {plan.found}.
levels = dict({levels})
# Grey levels of the training frames; those of the weights' training had {started}.
mean = {mean:.2f}
std = {std:.2f}
crop_size = ({crop}, {crop})  # (height, width) cut out for a training step; tests take whole frames
native = True  # frames keep their own size, and their targets with it

_load = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='ToGrayscale', **levels),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='BinarizeMask'),
]
train_pipeline = [
    *_load,
    dict(type='RandomScaleJitter', ratio_range=(0.75, 1.5)),
    dict(type='RandomTargetCrop', crop_size=crop_size, target_prob=1.0),
    dict(type='RandomFlip', prob=[0.25, 0.25], direction=['horizontal', 'vertical']),
    dict(type='RandomQuarterTurn', prob=0.75),
    dict(type='RandomInfraredIntensity'),
    dict(type='PackSegInputs'),
]
test_pipeline = [*_load, dict(type='PackSegInputs')]
_views = [_base_.tta_views, *_base_.tta_truth, [dict(type='PackSegInputs')]]
tta_pipeline = [*_load[:2], dict(type='TestTimeAug', transforms=_views)]

data_preprocessor = dict(mean=[mean], std=[std], size=crop_size)
model = dict(data_preprocessor=data_preprocessor)
_splits = '{{{{ fileDirname }}}}/splits/'
_files = dict(
    _delete_=True,
    type='IRSTDDataset',
    data_root=data_root,
    data_prefix=dict(img_path={plan.images!r}, seg_map_path='{{{{ fileDirname }}}}/masks'),
    seg_map_suffix='.png',
)
_others = [_splits + 'val.txt', _splits + 'test.txt']
_train = dict(ann_file=_splits + 'train.txt', disjoint_from=_others, pipeline=train_pipeline)
_val = dict(ann_file=_splits + 'val.txt', pipeline=test_pipeline, test_mode=True)
_test = dict(ann_file=_splits + 'test.txt', pipeline=test_pipeline, test_mode=True)
train_dataloader = dict(batch_size={BATCH}, dataset=dict(**_train, **_files))
val_dataloader = dict(dataset=dict(**_val, **_files))
test_dataloader = dict(dataset=dict(**_test, **_files))

optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs={plan.epochs}, val_interval={max(1, plan.epochs // 8)})
randomness = dict(seed={plan.seed})
default_hooks = dict(
    checkpoint=dict(save_best='irstd/nIoU'),
    publish=dict(type='PublishHook', half=False),
)
"""
