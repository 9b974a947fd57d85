"""Evaluate fixed pseudo predictions in one of several processes, as a distributed test loop does.

Run as a script with RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT set; the arguments are the
number of images and a folder. Every process writes its figures there, in hexadecimal floats.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
from mmengine.dataset import DefaultSampler
from mmengine.evaluator import Evaluator
from mmseg.registry import METRICS
from pseudo_predictions import pseudo_prediction
from scipy.ndimage import gaussian_filter

import mdp_plugin.registration  # noqa: F401  (registers the metric)


def make_sample(index: int) -> dict:
    """Image number `index`: random truth, pseudo prediction."""
    rng = np.random.default_rng(1000 + index)
    truth = gaussian_filter(rng.normal(size=(40 + index, 48)), 1.2) > 0.5
    score = pseudo_prediction(truth, index)
    return dict(
        img_path=f'scene_{index}.png',
        seg_logits=dict(data=torch.from_numpy(score)[None]),
        gt_sem_seg=dict(data=torch.from_numpy(truth)[None].long()),
    )


def figures_of_this_process(num_images: int, output_dir: Path) -> dict[str, str]:
    """Process the share that the host's sampler gives this process, then collect."""
    metric = dict(
        type='IRSTDMetric',
        legacy=['dnanet_fa', 'acm_niou'],
        output_dir=str(output_dir),
        keep_results=True,
        prefix='irstd',
    )
    evaluator = Evaluator(METRICS.build(metric))
    # the sampler pads the shares to equal length by repeating images
    for index in DefaultSampler(range(num_images), shuffle=False):
        evaluator.process([make_sample(index)], {})
    return {key: value.hex() for key, value in evaluator.evaluate(num_images).items()}


if __name__ == '__main__':
    num, folder = int(sys.argv[1]), Path(sys.argv[2])
    torch.distributed.init_process_group('gloo')
    result = figures_of_this_process(num, folder / 'out')
    rank = os.environ['RANK']
    (folder / f'figures_{rank}.json').write_text(json.dumps(result))
    torch.distributed.destroy_process_group()
