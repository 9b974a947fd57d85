"""Probability map and true mask of one data sample, checked and at one size."""

import numpy as np
import torch

from ...imaging.resampling import resize_mask, resize_probability


def probability_map(data_sample: dict) -> np.ndarray:
    """Read the target probability that a segmentor predicted.

    One channel is already a probability: mmseg applies the sigmoid in ``postprocess_result``. Two
    channels are logits of background and target, so their softmax is taken. Without
    ``seg_logits`` the predicted mask itself serves, as probability 0 or 1.

    Args:
        data_sample (dict): A predicted sample as the evaluator passes it on, with
            ``seg_logits`` (1 or 2, H, W) or ``pred_sem_seg`` (1, H, W), each under ``data``.

    Returns:
        np.ndarray: (H, W) float32 in 0..1.

    Raises:
        KeyError: The sample holds no prediction.
        ValueError: Wrong number of channels, NaN, or values that are no probabilities.
    """
    name = sample_name(data_sample)
    if 'seg_logits' in data_sample:
        channels = data_sample['seg_logits']['data'].detach().float()
    elif 'pred_sem_seg' in data_sample:
        channels = data_sample['pred_sem_seg']['data'].detach().float()
    else:
        raise KeyError(f'{name}: the sample holds neither seg_logits nor pred_sem_seg')
    if channels.ndim == 2:
        channels = channels[None]
    if channels.ndim != 3 or channels.shape[0] not in (1, 2):
        raise ValueError(
            f'{name}: the prediction has the shape {tuple(channels.shape)}; IRSTDMetric scores one '
            'channel (probability of a target) or two (logits of background and target)'
        )
    if not torch.isfinite(channels).all():
        raise ValueError(
            f'{name}: the prediction holds NaN or infinite values; the training has diverged or '
            'the weights are broken'
        )
    if channels.shape[0] == 2:
        channels = channels.softmax(dim=0)[1:]
    elif channels.min() < 0 or channels.max() > 1:
        raise ValueError(
            f'{name}: one-channel seg_logits must be probabilities in 0..1, but run from '
            f'{channels.min().item():g} to {channels.max().item():g}; apply the sigmoid first, as '
            'BaseSegmentor.postprocess_result does'
        )
    return channels[0].cpu().numpy()


def truth_mask(data_sample: dict) -> np.ndarray:
    """Read the true mask.

    Args:
        data_sample (dict): Sample with ``gt_sem_seg`` (1, H, W) under ``data``, values 0 and 1.

    Returns:
        np.ndarray: (H, W) bool.

    Raises:
        KeyError: The sample holds no truth.
        ValueError: The truth holds other values than 0 and 1.
    """
    name = sample_name(data_sample)
    if 'gt_sem_seg' not in data_sample:
        raise KeyError(
            f'{name}: the sample holds no gt_sem_seg. The test pipeline needs LoadAnnotations and '
            'BinarizeMask before PackSegInputs; for images without truth set '
            'format_only=True and output_dir'
        )
    truth = data_sample['gt_sem_seg']['data'].detach().cpu().numpy()
    truth = truth[0] if truth.ndim == 3 and truth.shape[0] == 1 else truth
    if truth.ndim != 2:
        raise ValueError(f'{name}: gt_sem_seg must be (1, H, W), not {truth.shape}')
    target = truth == 1
    if not (target | (truth == 0)).all():
        values = np.unique(truth)[:5].tolist()
        raise ValueError(
            f'{name}: gt_sem_seg must hold 0 and 1 only, but holds {values}; put BinarizeMask '
            'after LoadAnnotations in the test pipeline (255 would be ignored)'
        )
    return target


def scored_pair(
    data_sample: dict, eval_size: tuple[int, int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Read prediction and truth at the size at which they are scored.

    Args:
        data_sample (dict): Predicted sample with truth.
        eval_size (tuple[int, int], optional): (height, width) to resample both to. By default
            they are left as they are and must agree.

    Returns:
        Tuple[np.ndarray, np.ndarray]: Probability (H, W) float32 and truth (H, W) bool.

    Raises:
        KeyError: Prediction or truth is missing.
        ValueError: A value is invalid, or the sizes differ and no ``eval_size`` is given.
    """
    probability = probability_map(data_sample)
    truth = truth_mask(data_sample)
    if eval_size is not None:
        scale = eval_size[::-1]
        return resize_probability(probability, scale), resize_mask(truth, scale)
    if probability.shape != truth.shape:
        raise ValueError(
            f'{sample_name(data_sample)}: the prediction is {probability.shape} but the mask is '
            f'{truth.shape} (height, width). Load the mask after the resize, or resize both with '
            'AlignedResize(as_original=True), or set eval_size=(height, width) in the metric'
        )
    return probability, truth


def sample_name(data_sample: dict) -> str:
    """Name a sample in an error message.

    Args:
        data_sample (dict): Any sample.

    Returns:
        str: Path of its image, or a stand-in.
    """
    return str(data_sample.get('img_path') or 'sample without img_path')
