r"""Score predictions of any program, or a detector, against true masks, by the field's protocol.

PREDICTIONS is a folder of masks or probabilities: pictures of 8 bit (255 is 1) or 16 bit (65535
is 1), masks of 0 and 1 if all of the folder are, or arrays of 0..1 (.npy). A prediction belongs
to the truth of the same name; suffixes as `_pixels0` of the truths' names do not count.
With --images it is a detector instead, as `mdpnet detect` and `mdpnet report` name it.

With --fa-budget the lowest threshold that keeps a false-alarm rate is looked for, and with it or
--calibrate confidence is calibrated: OUT/operating_points.json holds both, for `mdpnet detect
--operating-point`. Use images that were not trained on and will not be tested on.

Example:
    mdpnet evaluate predictions/ data/SIRST/masks --out figures
    mdpnet evaluate mdpnet-sirst data/SIRST/masks --images data/SIRST/images \
        --names data/SIRST/idx_427/val.txt --out val --fa-budget 1e-6
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

if TYPE_CHECKING:  # its import takes seconds, which `mdpnet --help` need not
    from ..evaluation.metrics import IRSTDMetric


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('predictions', help='folder of masks or probabilities; or see --images')
    parser.add_argument('truths', type=Path, help='folder of true masks')
    parser.add_argument(
        '--images', type=Path, help='folder of images: PREDICTIONS is the detector to run on them'
    )
    parser.add_argument('--names', type=Path, metavar='FILE', help='split: score these images only')
    parser.add_argument('--threshold', type=float, default=0.5, help='default: 0.5')
    parser.add_argument(
        '--eval-size', type=int, nargs=2, metavar=('H', 'W'), help='resize both before scoring'
    )
    parser.add_argument('--connectivity', type=int, choices=(4, 8), default=8, help='default: 8')
    parser.add_argument('--distance', type=float, default=3.0, help='limit in pixels; default: 3')
    parser.add_argument('--no-curves', action='store_true', help='leave AUC and AP out: faster')
    parser.add_argument('--out', type=Path, help='folder for the figures (JSON)')
    parser.add_argument(
        '--fa-budget', type=float, metavar='RATE',
        help='false pixels over all pixels, such as 1e-6: find its threshold',
    )  # fmt: skip
    parser.add_argument(
        '--calibrate', action='store_true', help='calibrate confidence at --threshold'
    )
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')


class _ScoredImages:
    """What is scored, at the size at which it is; it can be gone through more than once.

    Args:
        args (argparse.Namespace): The command line.

    Raises:
        OSError, ValueError: If predictions and truths do not belong together.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        from ..detection import parse_detector_name
        from ..evaluation.scored_files import MASK_ENDINGS, files_by_name, keep_names, read_names
        from .predictors import FolderPredictor, open_predictor

        named = parse_detector_name(args.predictions)
        truths = files_by_name(args.truths, endings=MASK_ENDINGS)
        self._are_images = args.images is not None
        if self._are_images:
            files, folder = files_by_name(args.images), args.images
            self._predictor = open_predictor(named, threads=args.threads)
        else:
            self._predictor = FolderPredictor(Path(named.path))
            files, folder = self._predictor.files, named.path
        if args.names:
            names = read_names(args.names)
            files = keep_names(files, names, folder)
            truths = keep_names(truths, names, args.truths)
        missing = sorted(set(files) - set(truths))
        if missing:
            raise FileNotFoundError(
                f'{len(missing)} predictions have no truth in "{args.truths}": '
                f'{", ".join(missing[:5])}'
            )
        unscored = len(truths) - len(files)
        if unscored:
            print(f'{unscored} truths of "{args.truths}" have no prediction and are not scored')
        self._files, self._truths = files, truths
        self._size = tuple(args.eval_size) if args.eval_size else None
        self._resized: set[str] = set()

    def __iter__(self) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """Name, probability (H, W) and truth (H, W) of each image."""
        from ..evaluation.metrics.sample_arrays import resample_mask, resample_probability
        from ..evaluation.scored_files import read_truth
        from ..imaging.grey_levels import to_grey
        from ..imaging.picture_files import read_image

        for name, file in tqdm(self._files.items(), unit='image', disable=None):
            grey = to_grey(read_image(file), name=str(file)) if self._are_images else None
            score, truth = self._predictor(grey, name), read_truth(self._truths[name])
            # SIRST has a mask of another size than its image.
            if score.shape != truth.shape and (self._are_images or self._size is None):
                if name not in self._resized:
                    tqdm.write(
                        f'{name}: the mask is {truth.shape}, the prediction {score.shape} '
                        '(height, width); scored at the size of the prediction',
                        file=sys.stderr,
                    )
                self._resized.add(name)
                truth = resample_mask(truth, score.shape)
            if self._size is not None:
                score = resample_probability(score, self._size)
                truth = resample_mask(truth, self._size)
            yield name, score, truth


def run(args: argparse.Namespace) -> int:
    """Score, print the table and write the figures."""
    wants_points = args.calibrate or args.fa_budget is not None
    if wants_points and (args.out is None or args.no_curves):
        raise ValueError('--fa-budget and --calibrate need --out, and the curves')
    from .. import registration  # noqa: F401

    # isort: split
    from ..evaluation.metrics import IRSTDMetric
    from ..evaluation.scored_files import count_image

    metric = IRSTDMetric(
        threshold=args.threshold,
        connectivity=args.connectivity,
        distance_thr=args.distance,
        eval_size=tuple(args.eval_size) if args.eval_size else None,
        curves=not args.no_curves,
    )
    images = _ScoredImages(args)
    for name, score, truth in images:
        count_image(metric, name, score, truth)
    figures = metric.compute_metrics(metric.results)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        content = {'figures': figures, 'protocol': metric.protocol()}
        (args.out / 'figures.json').write_text(json.dumps(content, indent=1) + '\n')
        print(f'figures: {args.out / "figures.json"}')
    if wants_points:
        _store_operating_points(args, metric, images)
    return 0


def _store_operating_points(
    args: argparse.Namespace, metric: 'IRSTDMetric', images: _ScoredImages
) -> None:
    """Find the threshold, calibrate confidence at it and write both."""
    from ..evaluation import functional as F
    from ..evaluation.operating_points import OperatingPoints, corners

    split = f' {args.names.stem}' if args.names else ''
    data = f'{args.truths.resolve().parent.name}{split}, {len(metric.results)} images'
    curve = corners(metric.curves(metric.results))
    points = OperatingPoints(args.threshold, data, curve, F.UNCALIBRATED)
    if args.fa_budget is not None:
        points = replace(points, threshold=points.threshold_for(args.fa_budget))
    log_odds, is_target = [], []
    # The images once more, since the threshold was not known before.
    for _, score, truth in images:
        parts = F.label_components(score > points.threshold, args.connectivity)
        pairs = F.match_components(
            parts, F.label_components(truth, args.connectivity), args.distance
        )
        matched = {part for part, _ in pairs}
        log_odds.extend(F.component_log_odds(score, parts))
        is_target.extend(index in matched for index in range(len(parts.areas)))
    points = replace(points, confidence=F.fit_confidence(log_odds, is_target))
    file = args.out / 'operating_points.json'
    points.save(file)
    found, false_rate = points.figures_at(points.threshold)
    groups = F.reliability(points.confidence(np.array(log_odds)), is_target)
    print(
        f'threshold {points.threshold:.6g}: Pd {100 * found:.2f} %, Fa {1e6 * false_rate:.2f}e-6; '
        f'confidence of {len(is_target)} components, {sum(is_target)} of them targets, off by '
        f'{100 * groups.error:.1f} % on average: {file}'
    )
