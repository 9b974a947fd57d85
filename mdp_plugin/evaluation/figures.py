"""The figures of a set of images and its curves, as objects and as a table."""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from prettytable import PrettyTable

from .functional import SizeCounts

if TYPE_CHECKING:
    from .functional import Errors
    from .protocol import Protocol

#: Names of the groups of targets by size, see :data:`~.functional.SIZE_LIMITS`, and what they hold.
SIZES = {
    '1_9': '1 to 9 px',
    '10_24': '10 to 24 px',
    '25_80': '25 to 80 px',
    'over_80': 'over 80 px',
}
#: Units of the figures that are not plainly in percent.
UNITS = {
    'Fa': '1e-6',
    'FPPI': 'false targets a frame',
    'FalseFrames': '% of the frames',
    **{f'Pd_{size}': f'%, targets of {pixels}' for size, pixels in SIZES.items()},
    'Fa_DNANet': '1e-6, legacy: area-value rule',
    'AUC': '',
    'AP': '',
    'nIoU_ACM': '%, legacy: empty union is 0',
    'hIoU_PyIRSTD': '%, legacy: nothing counts as something',
}


@dataclass(frozen=True)
class Figures:
    """Figures of a set of images under the names of the field, see docs/metrics.md.

    All are in percent but Fa (1e-6), FPPI, AUC and AP (0..1) and the counts; ``nan`` where
    undefined.

    Attributes:
        IoU (float): Intersection over union of target pixels, of the whole set.
        nIoU (float): The mean of the images' own.
        Precision (float): Of pixels.
        Recall (float): Of pixels.
        F1 (float): Of pixels.
        Pd (float): Share of the targets that are detected.
        Fa (float): Share of the pixels that belong to false components.
        TargetF1 (float): F1 of targets.
        hIoU (float): Hierarchical IoU: that of targets times that of the found ones' pixels.
        num_images (int): Images.
        num_targets (int): True targets.
        num_detected (int): Those that are detected.
        num_false (int): Predicted components that are no target.
        FPPI (float): Those of an image, on average: false positives per image.
        FalseFrames (float): Share of the images with one or more of them.
        Pd_1_9 (float | None): Pd of the targets of 1 to 9 pixels; None where there is none.
        Pd_10_24 (float | None): Likewise, 10 to 24 pixels.
        Pd_25_80 (float | None): Likewise, 25 to 80 pixels.
        Pd_over_80 (float | None): Likewise, more than 80 pixels.
        num_1_9 (int | None): Targets of 1 to 9 pixels; None where there is none.
        num_10_24 (int | None): Likewise, 10 to 24 pixels.
        num_25_80 (int | None): Likewise, 25 to 80 pixels.
        num_over_80 (int | None): Likewise, more than 80 pixels.
        AUC (float | None): Area under the ROC curve of pixels; None without curves.
        AP (float | None): Average precision of pixels; None without curves.
        Fa_DNANet (float | None): Fa by DNANet's rule; None unless asked for.
        nIoU_ACM (float | None): nIoU by ACM's rule; None unless asked for.
        hIoU_PyIRSTD (float | None): hIoU as PyIRSTDMetrics 1.0.2 counts; None unless asked for.
    """

    IoU: float
    nIoU: float
    Precision: float
    Recall: float
    F1: float
    Pd: float
    Fa: float
    TargetF1: float
    hIoU: float
    num_images: int
    num_targets: int
    num_detected: int
    num_false: int
    FPPI: float
    FalseFrames: float
    Pd_1_9: float | None = None
    Pd_10_24: float | None = None
    Pd_25_80: float | None = None
    Pd_over_80: float | None = None
    num_1_9: int | None = None
    num_10_24: int | None = None
    num_25_80: int | None = None
    num_over_80: int | None = None
    AUC: float | None = None
    AP: float | None = None
    Fa_DNANet: float | None = None
    nIoU_ACM: float | None = None
    hIoU_PyIRSTD: float | None = None

    def to_dict(self) -> dict[str, float]:
        """The figures that there are, by name, the counts last; all are Python floats."""
        values = {key: float(value) for key, value in asdict(self).items() if value is not None}
        return dict(sorted(values.items(), key=lambda item: item[0].startswith('num_')))


@dataclass(frozen=True)
class Curves:
    """What each threshold does; all lists are of one length, and rates are of 1.

    Attributes:
        threshold (list[float]): The thresholds, ascending.
        true_positive_rate (list[float]): Share of the target pixels above it.
        false_positive_rate (list[float]): Share of the background pixels above it.
        precision (list[float]): Share of target pixels among those above it.
        Pd (list[float]): Share of the targets that are detected.
        Fa (list[float]): Share of the pixels that belong to false components.
        num_false (list[int]): False components.
        FPPI (list[float]): False components of an image, on average.
    """

    threshold: list[float]
    true_positive_rate: list[float]
    false_positive_rate: list[float]
    precision: list[float]
    Pd: list[float]
    Fa: list[float]
    num_false: list[int]
    FPPI: list[float]

    def to_dict(self) -> dict[str, list[float]]:
        """The lists by name."""
        return asdict(self)


def size_figures(counts: SizeCounts) -> dict[str, Any]:
    """Name Pd and number of the targets of each size that occurs.

    Args:
        counts (SizeCounts): Of the whole set.

    Returns:
        dict[str, Any]: ``Pd_...`` in percent and ``num_...``, see :class:`Figures`.
    """
    found: dict[str, Any] = {}
    columns = (column.tolist() for column in counts)
    for size, number, detected in zip(SIZES, *columns, strict=True):
        if number:
            found |= {f'Pd_{size}': 100 * detected / number, f'num_{size}': number}
    return found


def without_nan(value: Any) -> Any:
    """Replace NaN, in dicts and lists as well, by None, which strict JSON knows."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def errors_table(errors: 'Errors') -> str:
    """Lay the kinds of errors out.

    Args:
        errors (Errors): Their shares.

    Returns:
        str: The table, several lines.
    """
    table = PrettyTable(['share', 'of targets', 'of their pixels'], align='r')
    table.title = 'hIoU = IoU of targets x mean IoU of the found ones (%)'
    values = {key: f'{value:.2f}' for key, value in errors._asdict().items()}
    kinds = dict.fromkeys(key.partition('_')[2] for key in values)
    for kind in kinds:
        cells = [values.get(f'{level}_{kind}', '') for level in ('loc', 'seg')]
        table.add_row([kind.replace('_', ' '), *cells])
    return table.get_string()


def figures_table(figures: dict[str, float], protocol: 'Protocol') -> str:
    """Lay figures out with their units, under a title that names the protocol.

    Args:
        figures (dict[str, float]): Figures by name, see :meth:`Figures.to_dict`.
        protocol (Protocol): How they were computed.

    Returns:
        str: The table, several lines.
    """
    size = protocol.size
    table = PrettyTable(['figure', 'value', 'unit'], align='r')
    title = (
        f'{f"resized to {size[0]}x{size[1]}" if size else "size as predicted"}, '
        f'probability > {protocol.threshold:g}, {protocol.connectivity}-connected, '
        f'centroid < {protocol.distance_thr:g} px ({protocol.matching}), '
        f'empty image: {protocol.empty_image}'
    )
    for key, value in figures.items():
        if key.startswith('num_'):
            table.add_row([key, f'{value:.0f}', ''])
        else:
            digits = 4 if key in ('AUC', 'AP', 'FPPI') else 2
            table.add_row([key, f'{value:.{digits}f}', UNITS.get(key, '%')])
    # It is longer than the table is wide.
    return f'{title}\n{table.get_string()}'
