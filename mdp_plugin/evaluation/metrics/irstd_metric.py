"""The figures of infrared small target detection, as the evaluator of a runner."""

from collections.abc import Sequence
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger, print_log
from mmseg.registry import METRICS

from ..counts import Counts, sum_counts
from ..figures import figures_table
from ..protocol import Protocol
from .prediction_files import PredictionFiles
from .sample_arrays import probability_map, sample_name, scored_pair


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
    - ``hIoU`` = matched targets / (matched targets + missed targets + false components) times the
      mean IoU of the matched ones (Pang et al., NeurIPS 2025, with pairs of its own).
    - ``AUC``: area under the pixel-level ROC curve; ``AP``: pixel-level average precision.
    - ``num_images``, ``num_targets``, ``num_detected``, ``num_false`` (components).

    IoU, nIoU, Precision, Recall, F1, TargetF1, Pd and hIoU are in percent, Fa in 1e-6, AUC and AP
    in 0..1; all are Python floats, ``nan`` where undefined (a set without any target). Every image
    leaves one item of counts, so several processes give exactly the figures of one. See
    docs/metrics.md for the protocol and its relatives, :class:`~mdp_plugin.evaluation.protocol
    .Protocol` for the figures without a runner.

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
            ``nIoU_ACM`` (an image where nothing is there and nothing predicted counts 0),
            ``pyirstd_hiou`` adds ``hIoU_PyIRSTD`` (where nothing is, one thing is counted).
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
        self.protocol = Protocol(
            threshold,
            connectivity,
            distance_thr,
            matching,
            empty_image,
            eval_size,
            num_thresholds if curves else None,
            legacy,
        )
        if format_only and output_dir is None:
            raise ValueError('format_only=True writes files only: set output_dir (or --out)')
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
                probability, truth = self.protocol.at_size(probability_map(sample)), None
            else:
                probability, truth = scored_pair(sample, self.protocol.size)
            if self.files is not None:
                if not sample.get('img_path'):
                    raise KeyError('output_dir needs img_path in every sample to name its files')
                self.files.save_image(name, probability, self.protocol.decide(probability))
            if truth is not None:
                self.results.append(self.protocol.count(probability, truth, name))

    def compute_metrics(self, results: list[Counts]) -> dict[str, float]:
        """Make the figures of the collected counts, log the table and write the JSON.

        Args:
            results (List[Counts]): One item per image, of all processes.

        Returns:
            Dict[str, float]: Figures by name, without prefix. Empty with ``format_only``.
        """
        if self.format_only and self.files is not None:
            print_log(f'predictions are in {self.files.root}', MMLogger.get_current_instance())
            return {}
        figures = self.protocol.figures(results).to_dict()
        print_log(f'\n{self._table(figures)}', MMLogger.get_current_instance())
        if self.files is not None:
            path = self.files.save_report(self._report(figures, results))
            print_log(f'figures and curves are in {path}', MMLogger.get_current_instance())
        return figures

    def _table(self, figures: dict[str, float]) -> str:
        """Lay the figures out under a title that names the protocol."""
        return figures_table(figures, self.protocol)

    def _report(self, figures: dict[str, float], results: list[Counts]) -> dict[str, Any]:
        """Gather everything that a table or a plot needs."""
        total = sum_counts(results)
        report: dict[str, Any] = {
            'figures': figures,
            'protocol': self.protocol.to_dict(),
            'pixel_counts': total.pixels._asdict(),
            'target_counts': total.targets._asdict(),
            'errors': self.protocol.errors(results)._asdict(),
        }
        if self.protocol.thresholds is not None and results:
            report['curves'] = self.protocol.curves(results).to_dict()
        if self.keep_results:
            report['images'] = [item.to_dict() for item in results]
        return report
