"""Score predictions of any program against true masks, by the field's protocol.

Predictions are masks or probabilities: pictures of 8 bit (0 and 255, or 0 and 1, or probabilities
of which 255 is 1) or 16 bit (65535 is 1), or arrays of 0..1 (.npy). A prediction belongs to the
truth of the same name; suffixes as `_pixels0` of the truths' names do not count.

With --fa-budget the lowest threshold that keeps a false-alarm rate is looked for, best on images
that were not trained on and will not be tested on; `mdpnet detect --operating-point` uses it.

Example:
    mdpnet evaluate predictions/ data/SIRST/masks --out figures
    mdpnet evaluate val/ data/SIRST/masks --out figures --fa-budget 1e-6
"""

import argparse
import json
from pathlib import Path

import numpy as np

from ..detection.detector import read_image
from ..detection.sources import IMAGE_SUFFIXES

#: What data sets add to the name of a mask.
MASK_ENDINGS = ('_pixels0', '_mask', '_gt', '_label')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('predictions', type=Path, help='folder of masks or probabilities')
    parser.add_argument('truths', type=Path, help='folder of true masks')
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
        help='false pixels over all pixels, such as 1e-6: writes OUT/operating_point.json',
    )  # fmt: skip


def files_by_name(
    folder: Path, suffixes: tuple[str, ...], endings: tuple[str, ...]
) -> dict[str, Path]:
    """List the files of a folder by the name of the image that they belong to.

    Args:
        folder (Path): The folder.
        suffixes (tuple[str, ...]): Suffixes that count.
        endings (tuple[str, ...]): Endings of a name that do not belong to the image's.

    Returns:
        dict[str, Path]: Files by name, sorted.

    Raises:
        FileNotFoundError: If there is no such folder, or it holds no such file.
        ValueError: If two files are of one image.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f'there is no folder "{folder}"')
    named: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() not in suffixes:
            continue
        name = file.stem
        for ending in endings:
            name = name.removesuffix(ending)
        if name in named:
            raise ValueError(f'"{named[name]}" and "{file}" are of one image; keep one of them')
        named[name] = file
    if not named:
        raise FileNotFoundError(f'"{folder}" holds no {", ".join(suffixes)}')
    return named


def read_prediction(path: Path) -> np.ndarray:
    """Read a mask or a probability map.

    Args:
        path (Path): Picture or '.npy' file.

    Returns:
        np.ndarray: float32 (H, W) in 0..1.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is neither.
    """
    if path.suffix == '.npy':
        values = np.load(path, allow_pickle=False)
        if values.ndim != 2 or not 0 <= values.min() <= values.max() <= 1:
            raise ValueError(f'"{path}" must hold probabilities of 0..1, (H, W)')
        return values.astype(np.float32)
    image = read_image(path)
    if image.ndim == 3:
        image = image[..., 0]
    if image.dtype == np.uint16:
        return (image / 65535).astype(np.float32)
    if image.dtype != np.uint8:
        raise ValueError(f'"{path}" is of {image.dtype}; pictures of 8 or 16 bit are possible')
    # A mask of 0 and 1 is none of nearly black probabilities.
    return image.astype(np.float32) / (1 if image.max() <= 1 else 255)


def operating_point(curves: dict[str, list[float]], budget: float) -> dict[str, float]:
    """Find the lowest threshold from which on no threshold exceeds a false-alarm rate.

    Args:
        curves (dict[str, list[float]]): See
            :meth:`~mdp_plugin.evaluation.metrics.IRSTDMetric.curves`.
        budget (float): False pixels over all pixels.

    Returns:
        dict[str, float]: ``threshold``, its ``Pd`` and ``Fa``, and the ``fa_budget``.

    Raises:
        ValueError: If even the highest threshold exceeds it.
    """
    kept = 0
    for rate in reversed(curves['Fa']):
        if rate > budget:
            break
        kept += 1
    if not kept:
        raise ValueError(
            f'no threshold keeps a false-alarm rate of {budget:g}; the highest one has '
            f'{curves["Fa"][-1]:.3g}'
        )
    point = {key: curves[key][-kept] for key in ('threshold', 'Pd', 'Fa')}
    return {**point, 'fa_budget': budget}


def run(args: argparse.Namespace) -> int:
    """Score, print the table and write the figures."""
    if args.fa_budget is not None and (args.out is None or args.no_curves):
        raise ValueError('--fa-budget needs --out, and the curves')
    predictions = files_by_name(args.predictions, (*IMAGE_SUFFIXES, '.npy'), MASK_ENDINGS)
    truths = files_by_name(args.truths, IMAGE_SUFFIXES, MASK_ENDINGS)
    missing = sorted(set(predictions) - set(truths))
    if missing:
        raise FileNotFoundError(
            f'{len(missing)} predictions have no truth in "{args.truths}": {", ".join(missing[:5])}'
        )
    from .. import registration  # noqa: F401

    # isort: split
    import torch

    from ..evaluation.metrics import IRSTDMetric

    metric = IRSTDMetric(
        threshold=args.threshold,
        connectivity=args.connectivity,
        distance_thr=args.distance,
        eval_size=tuple(args.eval_size) if args.eval_size else None,
        curves=not args.no_curves,
    )
    for name, file in predictions.items():
        score = read_prediction(file)
        truth = read_image(truths[name])
        truth = (truth if truth.ndim == 2 else truth[..., 0]) > 0
        sample = {
            'seg_logits': {'data': torch.from_numpy(score)[None]},
            'gt_sem_seg': {'data': torch.from_numpy(truth)[None].long()},
            'img_path': str(file),
        }
        metric.process({}, [sample])
    figures = metric.compute_metrics(metric.results)
    unscored = len(truths) - len(predictions)
    if unscored:
        print(f'{unscored} truths of "{args.truths}" have no prediction and were not scored')
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        content = {'figures': figures, 'protocol': metric.protocol()}
        (args.out / 'figures.json').write_text(json.dumps(content, indent=1) + '\n')
        print(f'figures: {args.out / "figures.json"}')
    if args.fa_budget is not None:
        point = operating_point(metric.curves(metric.results), args.fa_budget)
        file = args.out / 'operating_point.json'
        file.write_text(json.dumps(point, indent=1) + '\n')
        print(
            f'threshold {point["threshold"]:.6g} keeps the budget: Pd {100 * point["Pd"]:.2f} %, '
            f'Fa {1e6 * point["Fa"]:.2f}e-6: {file}'
        )
    return 0
