"""Time IRSTDMetric, curves included, on the test set of NUDT-SIRST or on any folder of masks.

Without ``--predictions`` the probabilities are made of the true masks: shifted, blurred, with
noise of pixel size over the whole background, which is harder on the curves than a trained network
is. With it they are the 16-bit pictures that ``tools/test.py --out DIR`` leaves in
``DIR/probabilities``; the table is then that of the test.

Examples:
    OMP_NUM_THREADS=1 python tools/analysis_tools/benchmark_metric.py data/NUDT-SIRST/masks \
        --split data/NUDT-SIRST/50_50/test.txt
"""

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mdp_plugin.evaluation.metrics import IRSTDMetric
from mdp_plugin.evaluation.scored_files import read_prediction, read_truth
from mdp_plugin.wording import counted


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('masks', type=Path, help='folder of true masks')
    parser.add_argument('--split', type=Path, help='text file with one name per line')
    parser.add_argument('--suffix', default='.png', help='ending of a mask file after its name')
    parser.add_argument('--predictions', type=Path, help='folder of probability PNGs (16 bit)')
    parser.add_argument('--num-thresholds', type=int, default=200)
    return parser.parse_args()


def made_up(truth: np.ndarray, seed: int) -> np.ndarray:
    """Make a probability map of a true mask: shifted, blurred, noisy."""
    rng = np.random.default_rng(seed)
    shifted = np.roll(truth, rng.integers(-1, 2, 2), (0, 1)).astype(np.float32)
    noise = gaussian_filter(rng.normal(size=truth.shape).astype(np.float32), 1)
    logit = -9 + rng.uniform(14, 22) * gaussian_filter(shifted, 0.7) + 4 * noise
    return (1 / (1 + np.exp(-logit))).astype(np.float32)


def main() -> None:
    """Load everything, then time counting alone."""
    args = parse_args()
    if args.split:
        names = args.split.read_text().split()
    else:
        found = args.masks.glob(f'*{args.suffix}')
        names = sorted(path.name.removesuffix(args.suffix) for path in found)
    if not names:
        sys.exit(f'no masks *{args.suffix} in {args.masks}')
    samples = []
    for seed, name in enumerate(names):
        truth = read_truth(args.masks / f'{name}{args.suffix}')
        if args.predictions:
            probability = read_prediction(args.predictions / f'{name}.png')
        else:
            probability = made_up(truth, seed)
        samples.append(
            dict(
                img_path=name,
                seg_logits=dict(data=torch.from_numpy(probability)[None]),
                gt_sem_seg=dict(data=torch.from_numpy(truth)[None]),
            )
        )
    for curves in (False, True):
        metric = IRSTDMetric(curves=curves, num_thresholds=args.num_thresholds)
        start, start_cpu = time.perf_counter(), time.process_time()
        metric.process({}, samples)
        metric.evaluate(len(samples))
        wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        num = counted(len(metric.protocol.thresholds) if curves else 1, 'threshold')
        print(
            f'{counted(len(samples), "image")}, {num}: {wall:.2f} s wall, {cpu:.2f} s CPU '
            f'(OMP_NUM_THREADS={os.environ.get("OMP_NUM_THREADS", "not set")})'
        )


if __name__ == '__main__':
    main()
