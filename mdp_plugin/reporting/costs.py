"""Parameters and multiply-accumulates of detectors, where they are known."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..detection.detector_name import DetectorName
from ..zoo.entries import find_entry
from .comparison import config_of

_UNITS = {'': 1.0, 'k': 1e3, 'M': 1e6, 'G': 1e9}
_NUMBER = re.compile(r'(\d+\.?\d*(?:e[+-]?\d+)?)([kMG]?)')


class Cost(NamedTuple):
    """What a network needs.

    Attributes:
        parameters (float | None): Learned values; None: not known.
        macs (float | None): Multiply-accumulates of one frame; None: not known.
        size (tuple[int, int] | None): Height and width of this frame; None: not known.
    """

    parameters: float | None = None
    macs: float | None = None
    size: tuple[int, int] | None = None


def cost_of(named: DetectorName) -> Cost:
    """Look up what a detector needs: of the zoo as stated, of a config counted.

    Args:
        named (DetectorName): The detector.

    Returns:
        Cost: Its cost; nothing is known of exported files, folders and classical methods.
    """
    if named.kind == 'zoo':
        metadata: dict[str, Any] = find_entry(named.path).get('Metadata') or {}
        size = tuple(metadata['Input'][1:]) if 'Input' in metadata else None
        return Cost(metadata.get('Parameters'), metadata.get('MACs'), size)
    if named.kind != 'config':
        return Cost()
    cfg: Any = config_of(named)
    from mmseg.registry import MODELS

    from ..engine.model_complexity import image_channels, measure_complexity
    from ..engine.tool_config import without_teacher

    model = without_teacher(cfg).model
    height, width = tuple(cfg.scale)[::-1]  # a config's scale is (width, height)
    counted = measure_complexity(MODELS.build(model), (image_channels(model), height, width))
    return Cost(counted.parameters, counted.macs, (height, width))


def read_costs(texts: Sequence[str], labels: Sequence[str]) -> dict[str, Cost]:
    """Read costs that a user states as ``LABEL=PARAMETERS,MACS``, such as ``DNANet=4.70M,14.3G``.

    Args:
        texts (Sequence[str]): What the user writes; one of the two numbers may be missing.
        labels (Sequence[str]): Labels of the detectors.

    Returns:
        dict[str, Cost]: Costs by label.

    Raises:
        ValueError: If a text is none, or no detector has its label.
    """
    costs = {}
    for text in texts:
        label, _, numbers = text.partition('=')
        parts = numbers.split(',')
        matches = [_NUMBER.fullmatch(part) for part in parts]
        if len(parts) != 2 or any(part and not match for part, match in zip(parts, matches)):
            raise ValueError(
                f'"{text}" is no cost: write LABEL=PARAMETERS,MACS, such as DNANet=4.70M,14.3G'
            )
        if label not in labels:
            raise ValueError(f'"{text}": no detector is called "{label}", but {", ".join(labels)}')
        values = [match and float(match[1]) * _UNITS[match[2]] for match in matches]
        costs[label] = Cost(values[0], values[1])
    return costs
