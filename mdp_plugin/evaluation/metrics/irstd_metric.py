"""The figures of infrared small target detection, as the field computes them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger, print_log
from mmseg.registry import METRICS
from prettytable import PrettyTable

from .. import functional as F
from .prediction_files import PredictionFiles
from .sample_arrays import probability_map, resample_probability, sample_name, scored_pair

LEGACY_MODES = ('dnanet_fa', 'acm_niou')


@METRICS.register_module()
class IRSTDMetric(BaseMetric):
    r"""Pixel-level, target-level and curve figures of a binary infrared small target detector.

    A pixel is predicted where its probability exceeds ``threshold``. With the pixel counts
    :math:`TP, FP, FN` of the target class, summed over the set unless an index :math:`i` says
    "image":

    - ``IoU`` :math:`= TP / (TP + FP + FN)` and
      ``nIoU`` :math:`= \frac1N \sum_i TP_i / (TP_i + FP_i + FN_i)` (ACM, Dai et al., WACV 2021);
      never the mean with the background's IoU.
    - ``Precision`` :math:`= TP / (TP + FP)`, ``Recall`` :math:`= TP / (TP + FN)`,
      ``F1`` :math:`= 2 TP / (2 TP + FP + FN)`.
    - ``Pd`` = detected targets / targets, ``Fa`` = pixels of unmatched components / all pixels
      (DNANet, Li et al., TIP 2023; counted as in BasicIRSTD). A target is detected by
      a component whose centroid lies less than ``distance_thr`` pixels from its own, one to one.
    - ``TargetF1`` = 2 detected / (2 detected + false components + missed targets).
    - ``AUC``: area under the pixel-level ROC curve; ``AP``: pixel-level average precision.
    - ``num_images``, ``num_targets``, ``num_detected``, ``num_false`` (components).

    IoU, nIoU, Precision, Recall, F1, TargetF1 and Pd are in percent, Fa in 1e-6, AUC and AP in
    0..1; all are Python floats, ``nan`` where undefined (a set without any target). Every image
    leaves one item of integer counts, so several processes give exactly the figures of one. See
    docs/metrics.md for the protocol and its relatives.

    Args:
        threshold (float): Probability above which a pixel is predicted. Defaults to 0.5.
        connectivity (int): 4 or 8 neighbours make a component. Defaults to 8.
        distance_thr (float): Limit of the centroid distance in pixels, exclusive. Defaults to 3.0.
        matching (str): ``nearest`` pair first, or ``reference``: the scan order of BasicIRSTD.
            Defaults to ``nearest``.
        empty_image (str): What an image without target counts in nIoU if nothing is predicted
            on it: ``one``, ``zero``, or ``skip`` to leave out every image without target.
            Defaults to ``one``.
        eval_size (tuple[int, int] | int, optional): (height, width), or the side of a square, to
            which probability (bilinear) and mask (aligned nearest) are resized before scoring.
            Defaults to None: as they come, which is the image's original size in most pipelines.
        curves (bool): Also count at all thresholds for AUC, AP and the curves in the JSON.
            Defaults to True; False is a little faster in validation.
        num_thresholds (int): Even steps of the curves' thresholds, at least 200.
            Defaults to 200.
        legacy (Sequence[str]): Further columns that repeat known defects for comparison with
            published tables: ``dnanet_fa`` adds ``Fa_DNANet`` (a false component whose area
            equals a matched one is not counted, scan-order matching), ``acm_niou`` adds
            ``nIoU_ACM`` (an image where nothing is there and nothing predicted counts 0).
            Defaults to ().
        output_dir (str, optional): Folder for masks, probabilities and the JSON of the figures,
            see :class:`PredictionFiles`; ``tools/test.py --out`` sets it. Defaults to None.
        keep_results (bool): Also write one row of counts per image into the JSON;
            ``tools/test.py --out`` sets it. Defaults to False.
        format_only (bool): Only write predictions, for images without truth. Defaults to False.
        collect_device (str): ``cpu`` or ``gpu``, see :class:`BaseMetric`. Defaults to ``cpu``.
        prefix (str, optional): Prefix of the keys; None stands for ``irstd``. Defaults to None.
        collect_dir (str, optional): See :class:`BaseMetric`. Defaults to None.

    Raises:
        ValueError: An option has an impossible value.

    Examples:
        >>> test_evaluator = dict(type='IRSTDMetric')  # original size, the field's protocol
        >>> square = dict(type='IRSTDMetric', eval_size=(256, 256), legacy=['dnanet_fa'])
        >>> checkpoint = dict(type='CheckpointHook', save_best='irstd/nIoU', rule='greater')
    """

    default_prefix = 'irstd'

    def __init__(
        self,
        threshold: float = 0.5,
        connectivity: int = 8,
        distance_thr: float = 3.0,
        matching: str = 'nearest',
        empty_image: str = 'one',
        eval_size: int | tuple[int, int] | None = None,
        curves: bool = True,
        num_thresholds: int = 200,
        legacy: Sequence[str] = (),
        output_dir: str | None = None,
        keep_results: bool = False,
        format_only: bool = False,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        F.check_target_options(connectivity, distance_thr, matching)
        if not 0 <= threshold < 1:
            raise ValueError(f'threshold must be a probability in [0, 1), not {threshold!r}')
        if empty_image not in F.EMPTY_IMAGE_RULES:
            raise ValueError(
                f'empty_image must be one of {F.EMPTY_IMAGE_RULES}, not {empty_image!r}'
            )
        if num_thresholds < 200:
            raise ValueError(f'num_thresholds must be 200 or more, not {num_thresholds}')
        unknown = [mode for mode in legacy if mode not in LEGACY_MODES]
        if unknown or isinstance(legacy, str):
            raise ValueError(f'legacy must be a list of {LEGACY_MODES}, not {legacy!r}')
        if format_only and output_dir is None:
            raise ValueError('format_only=True writes files only: set output_dir (or --out)')
        self.threshold = threshold
        self.matching_options = (connectivity, distance_thr, matching)
        self.empty_image = empty_image
        self.eval_size = _checked_size(eval_size)
        self.thresholds = F.curve_thresholds(num_thresholds) if curves else None
        self.legacy = tuple(legacy)
        self.files = None if output_dir is None else PredictionFiles(output_dir)
        self.keep_results = keep_results
        self.format_only = format_only

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Count the images of a batch; each leaves one item in ``self.results``.

        Args:
            data_batch (Any): Batch of the data loader, not used.
            data_samples (Sequence[dict]): Predicted samples with ``seg_logits`` (or
                ``pred_sem_seg``), ``gt_sem_seg`` and ``img_path``.

        Raises:
            KeyError: A sample lacks prediction or truth, or the name for its files.
            ValueError: A prediction or truth is invalid, or their sizes differ.
        """
        for sample in data_samples:
            name = sample_name(sample)
            if self.format_only:
                score, target = probability_map(sample), None
                if self.eval_size is not None:
                    score = resample_probability(score, self.eval_size)
            else:
                score, target = scored_pair(sample, self.eval_size)
            pred = score > np.asarray(self.threshold, score.dtype)
            if self.files is not None:
                if not sample.get('img_path'):
                    raise KeyError('output_dir needs img_path in every sample to name its files')
                self.files.save_image(name, score, pred)
            if target is not None:
                self.results.append(self._count(name, score, pred, target))

    def _count(
        self, name: str, score: np.ndarray, pred: np.ndarray, target: np.ndarray
    ) -> dict[str, Any]:
        """Count one image: plain integers and integer arrays that any process can add."""
        connectivity, distance_thr, _ = self.matching_options
        item = {
            'name': name,
            'pixels': tuple(F.count_pixels(pred, target)),
            'targets': tuple(F.count_targets(pred, target, *self.matching_options)),
        }
        if 'dnanet_fa' in self.legacy:
            scan_order = F.count_targets(pred, target, connectivity, distance_thr, 'reference')
            item['dnanet_false_pixels'] = scan_order.same_area_false_pixels
        if self.thresholds is not None:
            num_levels = len(self.thresholds)
            levels = F.score_levels(score, self.thresholds)
            pixels = F.count_pixel_curve(levels, target, num_levels)
            targets = F.count_target_curve(levels, target, num_levels, *self.matching_options)
            item['curves'] = np.stack([*pixels, *targets])  # (5, T) int64
        return item

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Make the figures of the collected counts, log the table and write the JSON.

        Args:
            results (List[dict]): One item per image, of all processes.

        Returns:
            Dict[str, float]: Figures by name, without prefix. Empty with ``format_only``.
        """
        if self.format_only:
            print_log(f'predictions are in {self.files.root}', MMLogger.get_current_instance())
            return {}
        per_image = [F.PixelCounts(*item['pixels']) for item in results]
        pixels = F.sum_pixel_counts(per_image)
        targets = F.sum_target_counts([F.TargetCounts(*item['targets']) for item in results])
        missed = targets.num_targets - targets.num_detected
        figures = {
            'IoU': 100 * F.intersection_over_union(pixels),
            'nIoU': 100 * F.normalized_iou(per_image, self.empty_image),
            'Precision': 100 * F.precision(pixels),
            'Recall': 100 * F.recall(pixels),
            'F1': 100 * F.f1_score(pixels.tp, pixels.fp, pixels.fn),
            'Pd': 100 * F.detection_probability(targets.num_detected, targets.num_targets),
            'Fa': 1e6 * F.false_alarm_rate(targets.false_pixels, pixels.num_pixels),
            'TargetF1': 100 * F.f1_score(targets.num_detected, targets.num_false, missed),
        }
        if self.thresholds is not None and results:
            summed = np.sum([item['curves'] for item in results], axis=0)
            positive = pixels.tp + pixels.fn
            areas = (F.PixelCurve(*summed[:2]), positive, pixels.num_pixels - positive)
            figures['AUC'] = F.roc_auc(*areas)
            figures['AP'] = F.average_precision(*areas)
        if 'dnanet_fa' in self.legacy:
            false_pixels = sum(item['dnanet_false_pixels'] for item in results)
            figures['Fa_DNANet'] = 1e6 * F.false_alarm_rate(false_pixels, pixels.num_pixels)
        if 'acm_niou' in self.legacy:
            figures['nIoU_ACM'] = 100 * F.normalized_iou(per_image, 'zero')
        figures['num_images'] = len(results)
        figures['num_targets'] = targets.num_targets
        figures['num_detected'] = targets.num_detected
        figures['num_false'] = targets.num_false
        figures = {key: float(value) for key, value in figures.items()}
        print_log(f'\n{self._table(figures)}', MMLogger.get_current_instance())
        if self.files is not None:
            path = self.files.save_report(self._report(figures, pixels, targets, results))
            print_log(f'figures and curves are in {path}', MMLogger.get_current_instance())
        return figures

    def curves(self, results: list[dict]) -> dict[str, list[float]]:
        """Make the curves over all thresholds of the collected counts.

        Args:
            results (List[dict]): One item per image, not empty.

        Returns:
            Dict[str, List[float]]: ``threshold`` (ascending), and at each one
            ``true_positive_rate``, ``false_positive_rate`` and ``precision`` of pixels, ``Pd``,
            ``Fa`` and ``num_false`` of targets. Rates are of 1.

        Raises:
            ValueError: The metric was made with ``curves=False``.
        """
        if self.thresholds is None:
            raise ValueError('this metric was made with curves=False')
        pixels = F.sum_pixel_counts([F.PixelCounts(*item['pixels']) for item in results])
        targets = F.sum_target_counts([F.TargetCounts(*item['targets']) for item in results])
        summed = np.sum([item['curves'] for item in results], axis=0)
        tp, fp, detected, num_false, false_pixels = summed.tolist()
        positive = pixels.tp + pixels.fn
        return {
            'threshold': self.thresholds.tolist(),
            'true_positive_rate': [F.ratio(n, positive) for n in tp],
            'false_positive_rate': [F.ratio(n, pixels.num_pixels - positive) for n in fp],
            'precision': [F.ratio(t, t + f) for t, f in zip(tp, fp, strict=True)],
            'Pd': [F.detection_probability(n, targets.num_targets) for n in detected],
            'Fa': [F.false_alarm_rate(n, pixels.num_pixels) for n in false_pixels],
            'num_false': num_false,
        }

    def protocol(self) -> dict[str, Any]:
        """Say how the figures are computed.

        Returns:
            Dict[str, Any]: Options that change a figure, by name.
        """
        connectivity, distance_thr, matching = self.matching_options
        return {
            'size': 'as predicted' if self.eval_size is None else list(self.eval_size),
            'threshold': self.threshold,
            'connectivity': connectivity,
            'distance_thr': distance_thr,
            'matching': matching,
            'empty_image': self.empty_image,
        }

    def _table(self, figures: dict[str, float]) -> str:
        """Lay the figures out with their units under a title that names the protocol."""
        connectivity, distance_thr, matching = self.matching_options
        size = self.eval_size and f'resized to {self.eval_size[0]}x{self.eval_size[1]}'
        table = PrettyTable(['figure', 'value', 'unit'], align='r')
        table.title = (
            f'{size or "size as predicted"}, probability > {self.threshold:g}, '
            f'{connectivity}-connected, centroid < {distance_thr:g} px ({matching}), '
            f'empty image: {self.empty_image}'
        )
        units = {'Fa': '1e-6', 'Fa_DNANet': '1e-6, legacy: area-value rule', 'AUC': '', 'AP': ''}
        units['nIoU_ACM'] = '%, legacy: empty union is 0'
        for key, value in figures.items():
            if key.startswith('num_'):
                table.add_row([key, f'{value:.0f}', ''])
            else:
                digits = 4 if key in ('AUC', 'AP') else 2
                table.add_row([key, f'{value:.{digits}f}', units.get(key, '%')])
        return table.get_string()

    def _report(
        self,
        figures: dict[str, float],
        pixels: F.PixelCounts,
        targets: F.TargetCounts,
        results: list[dict],
    ) -> dict[str, Any]:
        """Gather everything that a table or a plot needs."""
        report = {
            'figures': figures,
            'protocol': self.protocol(),
            'pixel_counts': pixels._asdict(),
            'target_counts': targets._asdict(),
        }
        if self.thresholds is not None and results:
            report['curves'] = self.curves(results)
        if self.keep_results:
            report['images'] = [
                {
                    'name': item['name'],
                    **F.PixelCounts(*item['pixels'])._asdict(),
                    **F.TargetCounts(*item['targets'])._asdict(),
                }
                for item in results
            ]
        return report


def _checked_size(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    """Bring ``eval_size`` into the form (height, width)."""
    if size is None:
        return None
    pair = (size, size) if isinstance(size, int) else tuple(size)
    if len(pair) != 2 or not all(isinstance(side, int) and side > 0 for side in pair):
        raise ValueError(f'eval_size must be (height, width) in pixels, not {size!r}')
    return pair
