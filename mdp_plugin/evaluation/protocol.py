"""How a detector is scored: the options, and what follows from them for an image and a set."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..imaging.resampling import resize_mask, resize_probability
from . import functional as F
from .counts import Counts, Matches, sum_counts
from .figures import Curves, Figures, size_figures

LEGACY_MODES = ('dnanet_fa', 'acm_niou', 'pyirstd_hiou')


@dataclass(frozen=True)
class Protocol:
    """All options that define a figure, and the figures; the defaults are those of the field.

    Arrays in, numbers out: NumPy and SciPy suffice. :class:`~mdp_plugin.evaluation.metrics
    .IRSTDMetric` brings it the samples of a runner, :func:`mdp_plugin.evaluate` files and arrays.

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
            which probability (bilinear) and truth (aligned nearest) are resized before scoring.
            Defaults to None: as they come.
        num_thresholds (int, optional): Even steps of the curves' thresholds, at least 200; None
            leaves out curves, AUC and AP, which is faster. Defaults to 200.
        legacy (Sequence[str]): Further figures that repeat known defects of published tables:
            ``dnanet_fa`` adds ``Fa_DNANet``, ``acm_niou`` adds ``nIoU_ACM``,
            ``pyirstd_hiou`` adds ``hIoU_PyIRSTD``. Defaults to ().

    Raises:
        ValueError: An option has an impossible value.

    Examples:
        >>> protocol = Protocol(connectivity=4)
        >>> counts = [protocol.count(probability, truth) for probability, truth in images]
        >>> protocol.figures(counts).nIoU
    """

    threshold: float = 0.5
    connectivity: int = 8
    distance_thr: float = 3.0
    matching: str = 'nearest'
    empty_image: str = 'one'
    eval_size: tuple[int, int] | int | None = None
    num_thresholds: int | None = 200
    legacy: Sequence[str] = ()

    def __post_init__(self) -> None:
        F.check_target_options(self.connectivity, self.distance_thr, self.matching)
        if not 0 <= self.threshold < 1:
            raise ValueError(f'threshold must be a probability in [0, 1), not {self.threshold!r}')
        if self.empty_image not in F.EMPTY_IMAGE_RULES:
            raise ValueError(
                f'empty_image must be one of {F.EMPTY_IMAGE_RULES}, not {self.empty_image!r}'
            )
        if self.num_thresholds is not None and self.num_thresholds < 200:
            raise ValueError(f'num_thresholds must be 200 or more, not {self.num_thresholds}')
        unknown = [mode for mode in self.legacy if mode not in LEGACY_MODES]
        if unknown or isinstance(self.legacy, str):
            raise ValueError(f'legacy must be a list of {LEGACY_MODES}, not {self.legacy!r}')
        # One form of each, so that equal protocols compare equal.
        object.__setattr__(self, 'eval_size', _checked_size(self.eval_size))
        object.__setattr__(self, 'legacy', tuple(self.legacy))

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width at which maps are scored; None: their own."""
        return _checked_size(self.eval_size)

    @cached_property
    def thresholds(self) -> np.ndarray | None:
        """Thresholds of the curves, (T,) float32, ascending; None without curves."""
        return None if self.num_thresholds is None else F.curve_thresholds(self.num_thresholds)

    def at_size(self, probability: np.ndarray) -> np.ndarray:
        """Resize a probability map (H, W) to the size at which it is scored."""
        if self.size is None:
            return probability
        return resize_probability(probability, self.size[::-1])

    def decide(self, probability: np.ndarray) -> np.ndarray:
        """Say which pixels of a map (H, W) are predicted, bool (H, W), in the map's precision."""
        return probability > np.asarray(self.threshold, probability.dtype)

    def match(self, probability: np.ndarray, truth: np.ndarray, name: str = '') -> Matches:
        """Assign the predicted components of an image to its targets.

        Args:
            probability (np.ndarray): See :meth:`count`.
            truth (np.ndarray): See :meth:`count`.
            name (str): See :meth:`count`. Defaults to ''.

        Returns:
            Matches: Components, targets and their pairs.

        Raises:
            TypeError: See :meth:`count`.
            ValueError: See :meth:`count`.
        """
        return self._match(*self._scored(probability, truth, name))

    def count(self, probability: np.ndarray, truth: np.ndarray, name: str = '') -> Counts:
        """Count one image.

        Args:
            probability (np.ndarray): Probability of a target, (H, W) floating point in 0..1; a
                bool mask stands for 0 and 1.
            truth (np.ndarray): True mask, (H, W) bool.
            name (str): Name of the image, for error messages and tables. Defaults to ''.

        Returns:
            Counts: Whole numbers, and sums of shares.

        Raises:
            TypeError: One of the two has another dtype.
            ValueError: One has another shape, the sizes differ and the protocol has none, or
                values are no probabilities.
        """
        probability, truth = self._scored(probability, truth, name)
        predicted = self.decide(probability)
        matches = self._match(probability, truth)
        options = (self.connectivity, self.distance_thr, self.matching)
        pixel_curve = target_curve = dnanet_false_pixels = None
        if 'dnanet_fa' in self.legacy:
            scan_order = F.count_targets(predicted, truth, *options[:2], 'reference')
            dnanet_false_pixels = scan_order.same_area_false_pixels
        if self.thresholds is not None:
            num_levels = len(self.thresholds)
            levels = F.probability_levels(probability, self.thresholds)
            pixel_curve = F.count_pixel_curve(levels, truth, num_levels)
            target_curve = F.count_target_curve(levels, truth, num_levels, *options)
        return Counts(
            name,
            F.count_pixels(predicted, truth),
            F.count_matches(matches.parts, matches.targets, matches.pairs),
            F.count_sizes(matches.targets, matches.pairs),
            F.count_errors(matches.parts, matches.targets, self.distance_thr),
            pixel_curve=pixel_curve,
            target_curve=target_curve,
            dnanet_false_pixels=dnanet_false_pixels,
        )

    def figures(self, counts: Sequence[Counts]) -> Figures:
        """Make the figures of a set.

        Args:
            counts (Sequence[Counts]): One item per image, of :meth:`count`.

        Returns:
            Figures: The figures.
        """
        total, per_image = sum_counts(counts), [item.pixels for item in counts]
        pixels, targets = total.pixels, total.targets
        further: dict[str, Any] = {}
        if total.pixel_curve is not None:
            positive = pixels.tp + pixels.fn
            areas = (total.pixel_curve, positive, pixels.num_pixels - positive)
            further = {'AUC': F.roc_auc(*areas), 'AP': F.average_precision(*areas)}
        if 'dnanet_fa' in self.legacy:
            rate = F.false_alarm_rate(total.dnanet_false_pixels or 0, pixels.num_pixels)
            further['Fa_DNANet'] = 1e6 * rate
        if 'acm_niou' in self.legacy:
            further['nIoU_ACM'] = 100 * F.normalized_iou(per_image, 'zero')
        if 'pyirstd_hiou' in self.legacy:
            further['hIoU_PyIRSTD'] = 100 * F.hierarchical_iou(total.errors, count_empty_sides=True)
        missed = targets.num_targets - targets.num_detected
        return Figures(
            IoU=100 * F.intersection_over_union(pixels),
            nIoU=100 * F.normalized_iou(per_image, self.empty_image),
            Precision=100 * F.precision(pixels),
            Recall=100 * F.recall(pixels),
            F1=100 * F.f1_score(pixels.tp, pixels.fp, pixels.fn),
            Pd=100 * F.detection_probability(targets.num_detected, targets.num_targets),
            Fa=1e6 * F.false_alarm_rate(targets.false_pixels, pixels.num_pixels),
            TargetF1=100 * F.f1_score(targets.num_detected, targets.num_false, missed),
            hIoU=100 * F.hierarchical_iou(total.errors),
            num_images=len(counts),
            num_targets=targets.num_targets,
            num_detected=targets.num_detected,
            num_false=targets.num_false,
            FPPI=F.ratio(targets.num_false, len(counts)),
            FalseFrames=100 * F.ratio(sum(c.targets.num_false > 0 for c in counts), len(counts)),
            **size_figures(total.sizes),
            **further,
        )

    def errors(self, counts: Sequence[Counts]) -> F.Errors:
        """Say of which kinds the errors of a set are.

        Args:
            counts (Sequence[Counts]): One item per image, of :meth:`count`.

        Returns:
            Errors: Shares of targets and of their pixels.
        """
        return F.error_shares(F.sum_error_counts([item.errors for item in counts]))

    def curves(self, counts: Sequence[Counts]) -> Curves:
        """Make the curves over all thresholds of a set.

        Args:
            counts (Sequence[Counts]): One item per image, of :meth:`count`, not empty.

        Returns:
            Curves: What each threshold does.

        Raises:
            ValueError: The protocol has no thresholds, or there is no image.
        """
        if self.thresholds is None:
            raise ValueError('there are no curves without thresholds (curves=False)')
        total = sum_counts(counts)
        if total.pixel_curve is None or total.target_curve is None:
            raise ValueError('there are no curves without images')
        pixels, targets = total.pixels, total.targets
        tp, fp = (column.tolist() for column in total.pixel_curve)
        detected, num_false, false_pixels = (column.tolist() for column in total.target_curve)
        positive = pixels.tp + pixels.fn
        return Curves(
            threshold=self.thresholds.tolist(),
            true_positive_rate=[F.ratio(n, positive) for n in tp],
            false_positive_rate=[F.ratio(n, pixels.num_pixels - positive) for n in fp],
            precision=[F.ratio(t, t + f) for t, f in zip(tp, fp, strict=True)],
            Pd=[F.detection_probability(n, targets.num_targets) for n in detected],
            Fa=[F.false_alarm_rate(n, pixels.num_pixels) for n in false_pixels],
            num_false=num_false,
            FPPI=[F.ratio(n, len(counts)) for n in num_false],
        )

    def _match(self, probability: np.ndarray, truth: np.ndarray) -> Matches:
        """Assign components to targets; map and truth are those of :meth:`_scored`."""
        parts = F.label_components(self.decide(probability), self.connectivity)
        targets = F.label_components(truth, self.connectivity)
        pairs = F.match_components(parts, targets, self.distance_thr, self.matching)
        return Matches(probability, parts, targets, pairs)

    def _scored(
        self, probability: np.ndarray, truth: np.ndarray, name: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """Check a map and its truth, and bring both to the size at which they are scored."""
        place = f'{name}: ' if name else ''
        if probability.dtype == bool:
            probability = probability.astype(np.float32)
        if not np.issubdtype(probability.dtype, np.floating) or truth.dtype != bool:
            raise TypeError(
                f'{place}a probability must be floating point and a truth bool, not '
                f'{probability.dtype} and {truth.dtype}'
            )
        if probability.ndim != 2 or truth.ndim != 2:
            raise ValueError(
                f'{place}probability and truth must be (H, W), not {probability.shape} and '
                f'{truth.shape}'
            )
        if not (probability.min() >= 0 and probability.max() <= 1):  # true of NaN as well
            raise ValueError(f'{place}probabilities must lie in 0..1')
        if self.size is not None:
            return self.at_size(probability), resize_mask(truth, self.size[::-1])
        if probability.shape != truth.shape:
            raise ValueError(
                f'{place}the probability is {probability.shape} but the truth {truth.shape} '
                '(height, width); resize one of them, or give the protocol an eval_size'
            )
        return probability, truth

    def to_dict(self) -> dict[str, Any]:
        """The options that change a figure, by name, for JSON."""
        return {
            'size': 'as predicted' if self.size is None else list(self.size),
            'threshold': self.threshold,
            'connectivity': self.connectivity,
            'distance_thr': self.distance_thr,
            'matching': self.matching,
            'empty_image': self.empty_image,
        }


def _checked_size(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    """Bring ``eval_size`` into the form (height, width)."""
    if size is None:
        return None
    pair = (size, size) if isinstance(size, int) else tuple(size)
    if len(pair) != 2 or not all(isinstance(side, int) and side > 0 for side in pair):
        raise ValueError(f'eval_size must be (height, width) in pixels, not {size!r}')
    return pair


#: The protocol of the field.
DEFAULT_PROTOCOL = Protocol()
