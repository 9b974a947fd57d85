"""What would stop or falsify a training is named before it starts."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from mmengine.hooks import CheckpointHook, Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import IterBasedTrainLoop, Runner
from mmengine.runner.base_loop import BaseLoop
from mmseg.models.segmentors.base import BaseSegmentor
from mmseg.registry import HOOKS
from torch import nn

from ...evaluation.figures import Figures
from ...evaluation.metrics import IRSTDMetric
from ..schedulers.run_one_cycle_lr import NO_BATCH, RunOneCycleLR


@contextmanager
def _as_before(model: nn.Module) -> Iterator[None]:
    """Leave random numbers and the modes of all modules as they are."""
    python, numpy = random.getstate(), np.random.get_state()
    modes = {module: module.training for module in model.modules()}
    try:
        with torch.random.fork_rng(), torch.no_grad():
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        for module, training in modes.items():
            module.training = training


@HOOKS.register_module()
class RunCheckHook(Hook):
    """Look at the first images, the network and the hooks of a training before its first step.

    A training that cannot work ends at its first step or at its first validation, hours later, with
    a stack trace from inside of the host; or it goes on and learns nothing. Models other than
    segmentors are left alone.
    """

    priority = 'VERY_LOW'  # behind those that choose weights and convert the model

    def before_run(self, runner: Runner) -> None:
        """Check what is about to be trained; validation and test need no check.

        Args:
            runner (Runner): The runner.

        Raises:
            ValueError: Says what does not fit, and what to change.
        """
        if not isinstance(runner._train_loop, BaseLoop):
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        if not isinstance(model, BaseSegmentor):
            return
        if not len(runner.train_dataloader):
            raise ValueError(NO_BATCH)
        self._check_loop(runner)
        self._check_best(runner)
        datasets = {'train': runner.train_dataloader.dataset}
        if runner._val_loop is not None:
            datasets['val'] = runner.val_dataloader.dataset
        for split, dataset in datasets.items():
            self._check_classes(model, dataset)
            with _as_before(model):
                self._check_sample(model, dataset[0], split)

    @staticmethod
    def _check_loop(runner: Runner) -> None:
        """Hooks and loop count in the same unit."""
        by_iteration = isinstance(runner.train_loop, IterBasedTrainLoop)
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook) and hook.by_epoch == by_iteration:
                loop, unit = type(runner.train_loop).__name__, not by_iteration
                raise ValueError(
                    f'{loop} with default_hooks.checkpoint.by_epoch={hook.by_epoch} never saves '
                    f'what it should. Set default_hooks.checkpoint.by_epoch={unit}, and '
                    f'log_processor.by_epoch={unit} and default_hooks.logger.log_metric_by_epoch='
                    f'{unit} with it (docs/training.md).'
                )

        for schedule in runner.param_schedulers or ():
            if (
                by_iteration
                and isinstance(schedule, RunOneCycleLR)
                and schedule.end != (runner.max_iters)
            ):
                raise ValueError(
                    'param_scheduler counts epochs, and the loop counts iterations. Set '
                    'param_scheduler.by_epoch=False and '
                    'param_scheduler.convert_to_iter_based=False (docs/training.md).'
                )

    @staticmethod
    def _check_best(runner: Runner) -> None:
        """The figure that chooses the best checkpoint is one that the metric gives."""
        if runner._val_loop is None:
            return
        metrics = runner.val_evaluator.metrics
        if not all(isinstance(metric, IRSTDMetric) for metric in metrics):
            return
        known = {
            f'{metric.prefix}/{field.name}'
            for metric in metrics
            for field in fields(Figures)
            if metric.protocol.thresholds is not None or field.name not in ('AUC', 'AP')
        }
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook) and hook.save_best:
                unknown = sorted(set(hook.key_indicators) - known - {'auto'})
                if unknown:
                    raise ValueError(
                        f'default_hooks.checkpoint.save_best: validation gives no "{unknown[0]}"; '
                        f'there are {", ".join(sorted(known))}'
                    )

    @staticmethod
    def _check_classes(model: nn.Module, dataset: Any) -> None:
        """The network tells as many classes apart as the masks have."""
        classes = (getattr(dataset, 'metainfo', None) or {}).get('classes')
        heads = model.decode_head
        for head in heads if isinstance(heads, nn.ModuleList) else [heads]:
            number = getattr(head, 'num_classes', None)
            if classes and number is not None and number != len(classes):
                raise ValueError(
                    f'model.decode_head.num_classes is {number}, but the masks have '
                    f'{len(classes)} classes: {", ".join(classes)}. Set num_classes={len(classes)} '
                    '(and out_channels=1, threshold=0.5 for one channel).'
                )

    @staticmethod
    def _check_sample(model: nn.Module, sample: dict, split: str) -> None:
        """The network takes the images, and the masks hold classes."""
        data = dict(inputs=[sample['inputs']], data_samples=[sample['data_samples']])
        images = model.data_preprocessor(data, split == 'train')['inputs']
        try:
            model.eval().extract_feat(images)
        except RuntimeError as error:
            if 'channels' not in str(error):
                raise
            raise ValueError(
                f'the network does not take the images of {split}, which have {images.size(1)} '
                'channel(s) at its input. Grey images: set model.backbone.in_channels=1; or give a '
                'network for colour three equal channels by out_channels=3 in the ToGrayscale '
                f'steps, with a mean and std of three values. ({error})'
            ) from error
        truth = getattr(sample['data_samples'], 'gt_sem_seg', None)
        if truth is not None:
            labels = set(truth.data.unique().tolist()) - {0, 1, 255}
            if labels:
                raise ValueError(
                    f'the masks of {split} hold {sorted(labels)[:3]} where 0 and 1 are expected; '
                    'put BinarizeMask behind LoadAnnotations in the pipeline'
                )
