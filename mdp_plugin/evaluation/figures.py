"""The figures of a set of images and its curves, as objects and as a table."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from prettytable import PrettyTable

if TYPE_CHECKING:
    from .functional import Errors
    from .protocol import Protocol

#: Units of the figures that are not in percent.
UNITS = {
    'Fa': '1e-6',
    'Fa_DNANet': '1e-6, legacy: area-value rule',
    'AUC': '',
    'AP': '',
    'nIoU_ACM': '%, legacy: empty union is 0',
    'hIoU_PyIRSTD': '%, legacy: nothing counts as something',
}


@dataclass(frozen=True)
class Figures:
    """Figures of a set of images under the names of the field, see docs/metrics.md.

    All are in percent but Fa (1e-6), AUC and AP (0..1) and the counts; ``nan`` where undefined.

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
    """

    threshold: list[float]
    true_positive_rate: list[float]
    false_positive_rate: list[float]
    precision: list[float]
    Pd: list[float]
    Fa: list[float]
    num_false: list[int]

    def to_dict(self) -> dict[str, list[float]]:
        """The lists by name."""
        return asdict(self)


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
    table.title = (
        f'{f"resized to {size[0]}x{size[1]}" if size else "size as predicted"}, '
        f'probability > {protocol.threshold:g}, {protocol.connectivity}-connected, '
        f'centroid < {protocol.distance_thr:g} px ({protocol.matching}), '
        f'empty image: {protocol.empty_image}'
    )
    for key, value in figures.items():
        if key.startswith('num_'):
            table.add_row([key, f'{value:.0f}', ''])
        else:
            digits = 4 if key in ('AUC', 'AP') else 2
            table.add_row([key, f'{value:.{digits}f}', UNITS.get(key, '%')])
    return table.get_string()
