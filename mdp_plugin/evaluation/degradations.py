"""What becomes of a detector's targets where the same images come as another camera gives them."""

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

from ..imaging.grey_levels import GreyLevels
from ..imaging.picture_files import read_image
from ..imaging.resampling import resize_image, resize_mask, resize_probability
from ..wording import counted
from .counts import Counts
from .figures import Figures
from .protocol import Protocol
from .scored_files import read_truth

#: Standard deviation of the rows' offsets in grey levels.
ROW_NOISE = 4.0
#: What the image is called that is not degraded.
AS_IT_IS = '8 bits, as they are'

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Makes an image (H, W) of grey levels, float32 (H, W) in 0..255, and a source of noise."""


class Degradation(NamedTuple):
    """A way in which an image may come.

    Attributes:
        change (Callable): Makes the image.
        scale (float): Its sides over those of the original. Defaults to 1.
    """

    change: Change
    scale: float = 1.0


def _bits(grey: np.ndarray) -> np.ndarray:
    """Grey levels as a camera of 8 bits writes them."""
    return np.rint(grey).clip(0, 255).astype(np.uint8)


def _counts(first: float, span: float) -> Change:
    """Whole counts of 14 bits in which 255 grey levels are so many."""
    return lambda grey, _: np.rint(first + grey * (span / 255)).astype(np.uint16)


def _gain(factor: float) -> Change:
    """Contrast about the image's median, as a camera's gain and level have it."""

    def change(grey: np.ndarray, _: np.random.Generator) -> np.ndarray:
        middle = np.median(grey)
        return _bits(middle + factor * (grey - middle))

    return change


def _row_noise(grey: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """An offset of each row, as that of a line's amplifier."""
    return _bits(grey + random.normal(0, ROW_NOISE, (len(grey), 1)))


def _jpeg(grey: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """What JPEG of quality 50 leaves."""
    content = cv2.imencode('.jpg', _bits(grey), (cv2.IMWRITE_JPEG_QUALITY, 50))[1]
    return cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)


def _resized(scale: float) -> Degradation:
    """Another size; the mean of the pixels where it is smaller."""

    def change(grey: np.ndarray, _: np.random.Generator) -> np.ndarray:
        height, width = (max(1, round(side * scale)) for side in grey.shape)
        if scale < 1:
            return _bits(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA))
        return _bits(resize_image(grey, (width, height)))

    return Degradation(change, scale)


#: Other depths and units of the same levels.
RAW = {
    'counts, 8000 +- 50': Degradation(_counts(7950, 100)),
    'counts, 1000 of 14 bits': Degradation(_counts(7500, 1000)),
    'kelvin, 280 to 320': Degradation(lambda g, _: (280 + g * (40 / 255)).astype(np.float32)),
    'floats, 0 to 1': Degradation(lambda g, _: (g / 255).astype(np.float32)),
}
#: Other settings, cameras and distances.
CAMERA = {
    'gain x0.5': Degradation(_gain(0.5)),
    'gain x2': Degradation(_gain(2)),
    'offset +40': Degradation(lambda g, _: _bits(g + 40)),
    'offset -40': Degradation(lambda g, _: _bits(g - 40)),
    'inverted': Degradation(lambda g, _: _bits(255 - g)),
    'counts, 1000 of 14 bits': RAW['counts, 1000 of 14 bits'],
    'JPEG 50': Degradation(_jpeg),
    'blur of 1 pixel': Degradation(lambda g, _: _bits(gaussian_filter(g, 1.0))),
    'row noise': Degradation(_row_noise),
    'half size': _resized(0.5),
    'double size': _resized(2),
}
#: The sets that can be asked for.
SETS = {'camera': CAMERA, 'raw': RAW}


def measure_degradations(
    detector: Any,
    pairs: Sequence[tuple[Path, Path]],
    degradations: dict[str, Degradation] = CAMERA,
    progress: Callable[[Sequence[Any]], Sequence[Any]] = lambda items: items,
) -> dict[str, Figures]:
    """Score a detector on images of 8 bits, as they are and degraded.

    Of an image of another size the probabilities are brought back to the original's size, so that
    the targets and the distance in which they count as found stay the same.

    Args:
        detector (TargetDetector): The detector, at its threshold.
        pairs (Sequence[tuple[Path, Path]]): Files of images, each with that of its mask.
        degradations (dict[str, Degradation]): By name. Defaults to :data:`CAMERA`.
        progress (Callable): Wraps the pairs to show progress. Defaults to showing none.

    Returns:
        dict[str, Figures]: By :data:`AS_IT_IS` and the names, without curves.

    Raises:
        OSError: If a file cannot be read.
        ValueError: If an image has another depth.
    """
    protocol = Protocol(threshold=detector.threshold, num_thresholds=None)
    to_grey = GreyLevels(levels='full')
    counts: dict[str, list[Counts]] = {name: [] for name in (AS_IT_IS, *degradations)}
    for file, mask in progress(pairs):
        image = read_image(file)
        if image.dtype != np.uint8:
            raise ValueError(f'"{file}" is of {image.dtype}; images of 8 bits are degraded')
        grey = to_grey(image, str(file))
        truth = resize_mask(read_truth(mask), grey.shape[::-1])
        for name, items in counts.items():
            changed = image
            if name != AS_IT_IS:
                # The same noise in every run, and another one in each image.
                random = np.random.default_rng(zlib.crc32(f'{name} {file.name}'.encode()))
                changed = degradations[name].change(grey, random)
            place = f'{file} ({name})'
            probability = detector.predict(detector.levels(changed, place))
            if probability.shape != grey.shape:
                probability = resize_probability(probability, grey.shape[::-1])
            items.append(protocol.count(probability, truth, place))
    return {name: protocol.figures(items) for name, items in counts.items()}


def degradation_table(figures: dict[str, Figures], degradations: dict[str, Degradation]) -> str:
    """Lay the figures out in Markdown; nIoU of masks of another size would mean something else."""
    (first, *_) = figures.values()
    images = counted(first.num_images, 'image')
    lines = [
        f'| {images} | found | Pd | false targets a frame | Fa | nIoU |',
        '| --- | ---: | ---: | ---: | ---: | ---: |',
    ]
    for name, each in figures.items():
        same_size = name == AS_IT_IS or degradations[name].scale == 1
        lines.append(
            f'| {name} | {each.num_detected} of {each.num_targets} | {each.Pd:.2f} | '
            f'{each.FPPI:.3f} | {each.Fa:.2f} | {f"{each.nIoU:.2f}" if same_size else "-"} |'
        )
    return '\n'.join(lines)
