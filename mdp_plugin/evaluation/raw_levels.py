"""What becomes of a detector's targets where the same images come as a camera's raw values."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..imaging.grey_levels import GreyLevels
from ..imaging.picture_files import read_image
from ..imaging.resampling import resize_mask
from .protocol import Protocol
from .scored_files import read_truth


def _counts(first: float, span: float) -> Callable[[np.ndarray], np.ndarray]:
    """Whole counts of 14 bits in which 255 grey levels are so many."""
    return lambda grey: np.rint(first + grey * (span / 255)).astype(np.uint16)


#: How grey levels (H, W) of an image of 8 bits are written as raw values.
ENCODINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    'counts, 8000 +- 50': _counts(7950, 100),
    'counts, 1000 of 14 bits': _counts(7500, 1000),
    'kelvin, 280 to 320': lambda grey: (280 + grey * (40 / 255)).astype(np.float32),
    'floats, 0 to 1': lambda grey: (grey / 255).astype(np.float32),
}


class Outcome(NamedTuple):
    """What was found in all images.

    Attributes:
        targets (int): True targets.
        found (int): Those that were found.
        false (int): Predicted components that are none.
        pixels (int): Pixels of all images.
    """

    targets: int
    found: int
    false: int
    pixels: int


def measure_encodings(
    detector: Any, pairs: Sequence[tuple[Path, Path]], encodings: Sequence[str] = tuple(ENCODINGS)
) -> dict[str, Outcome]:
    """Detect in images of 8 bits, as they are and re-encoded.

    Args:
        detector (TargetDetector): The detector.
        pairs (Sequence[tuple[Path, Path]]): Files of images, each with that of its mask.
        encodings (Sequence[str]): Keys of :data:`ENCODINGS`. Defaults to all.

    Returns:
        dict[str, Outcome]: By '8 bit' and the encodings.

    Raises:
        OSError: If a file cannot be read.
    """
    protocol = Protocol(threshold=detector.threshold)
    sums = {name: np.zeros(4, int) for name in ('8 bit', *encodings)}
    to_grey = GreyLevels(levels='full')
    for file, mask in pairs:
        image = read_image(file)
        grey = to_grey(image, str(file))
        truth = resize_mask(read_truth(mask), grey.shape[::-1])
        for name, numbers in sums.items():
            found = detector(image if name == '8 bit' else ENCODINGS[name](grey))
            matches = protocol.match(found.probability, truth, file.stem)
            numbers += (
                len(matches.is_found),
                sum(matches.is_found),
                len(matches.is_target) - sum(matches.is_target),
                grey.size,
            )
    return {name: Outcome(*numbers.tolist()) for name, numbers in sums.items()}
