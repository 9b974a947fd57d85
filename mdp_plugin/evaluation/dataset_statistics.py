"""What an infrared small-target data set looks like: targets, clutter, spectrum."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..imaging.grey_levels import GreyLevels
from ..imaging.picture_files import read_image
from ..imaging.signal_to_clutter import background_window, signal_to_clutter
from ..wording import counted
from .scored_files import MASK_ENDINGS, files_by_name, keep_names, read_truth

PERCENTILES = (5, 25, 50, 75, 95)


def spectrum_slope(levels: np.ndarray) -> float:
    """Fit ``power ~ 1 / f**beta`` to the radially averaged spectrum of an image.

    Args:
        levels (np.ndarray): float (H, W).

    Returns:
        float: beta, fitted from 4 periods an image to 0.3 periods a pixel on a log-log scale;
        nan for an image without any contrast.
    """
    side = min(levels.shape)
    square = levels[:side, :side] - levels[:side, :side].mean()
    taper = np.hanning(side)
    power = np.abs(np.fft.fft2(square * taper[:, None] * taper[None])) ** 2
    frequency = np.fft.fftfreq(side)
    radius = np.hypot(frequency[:, None], frequency[None])
    edges = np.geomspace(4 / side, 0.3, 13)
    ring = np.digitize(radius, edges)
    mean = np.array([power[ring == i].mean() for i in range(1, len(edges))])
    if not (mean > 0).all():
        return float('nan')
    return float(-np.polyfit(np.log(np.sqrt(edges[1:] * edges[:-1])), np.log(mean), 1)[0])


def noise_level(levels: np.ndarray) -> float:
    """Estimate white noise from the median absolute Laplacian of an image.

    Args:
        levels (np.ndarray): float (H, W).

    Returns:
        float: Standard deviation in the unit of the image.
    """
    inner = 4 * levels[1:-1, 1:-1] - levels[:-2, 1:-1] - levels[2:, 1:-1]
    inner = inner - levels[1:-1, :-2] - levels[1:-1, 2:]
    return float(1.4826 * np.median(np.abs(inner)) / np.sqrt(20))


def mask_offset(levels: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Measure how far a mask lies from what it marks.

    Args:
        levels (np.ndarray): float (H, W).
        target (np.ndarray): bool (H, W), the mask of one target, not empty.

    Returns:
        tuple[float, float]: Rows and columns from the centroid of the brightness to that of the
        mask, in pixels; negative where the mask lies above or left of it. The brightness is that
        above the median of the surroundings, within two pixels of the mask, from 30 % of the peak
        on. nan where nothing is brighter than the surroundings.
    """
    window, background = background_window(target)
    excess = levels[window] - np.median(levels[window][background])
    excess = np.where(background, 0, excess)
    excess[excess < 0.3 * excess.max()] = 0
    if excess.max() <= 0:
        return float('nan'), float('nan')
    bright = ndimage.center_of_mass(excess)
    marked = ndimage.center_of_mass(target[window])
    return marked[0] - bright[0], marked[1] - bright[1]


def recurrence(masks: list[np.ndarray]) -> dict[str, float]:
    """Measure in which positions the shapes of a data set occur.

    Shapes that are always seen from the same side tell which symmetries a training may use.

    Args:
        masks (list[np.ndarray]): bool (h, w), each cut out at its bounding box.

    Returns:
        dict[str, float]: Percentage of the masks whose mirrored or turned copy is the mask of
        another target, by kind of symmetry; of masks that the symmetry changes. nan where it
        changes none.
    """
    known = {(mask.shape, mask.tobytes()) for mask in masks}
    symmetries: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        'left to right': np.fliplr,
        'upside down': np.flipud,
        'turned by a half': lambda mask: np.rot90(mask, 2),
        'turned by a quarter': np.rot90,
    }
    shares = {}
    for name, symmetry in symmetries.items():
        pairs = [(mask, symmetry(mask)) for mask in masks]
        changed = [copy for mask, copy in pairs if not np.array_equal(mask, copy)]
        found = [(copy.shape, copy.tobytes()) in known for copy in changed]
        shares[name] = 100 * float(np.mean(found)) if found else float('nan')
    return shares


def measure(
    pairs: list[tuple[Path, Path]],
    *,
    levels: GreyLevels | None = None,
    area: tuple[int, int] = (1, sys.maxsize),
) -> tuple[dict[str, list[float]], list[np.ndarray]]:
    """Measure a data set.

    Args:
        pairs (list[tuple[Path, Path]]): Files of its images, each with that of its mask.
        levels (GreyLevels, optional): Makes grey levels of the images. Defaults to None: by its
            defaults.
        area (tuple[int, int]): Least and largest number of pixels of the targets to take.
            Defaults to all.

    Returns:
        tuple[dict[str, list[float]], list[np.ndarray]]: The values by quantity, and the masks of
        the targets, cut out. Images whose mask has another size count without their targets.

    Raises:
        OSError: If a file cannot be read.
    """
    names = (
        'targets per image', 'target area, px', 'target extent, px', 'width by height',
        'peak contrast, levels', 'SCR', 'mask below target, px', 'mask right of target, px',
        'spectrum slope beta', 'image mean', 'image std', 'noise, levels',
    )  # fmt: skip
    values: dict[str, list[float]] = {name: [] for name in names}
    masks = []
    to_grey = levels or GreyLevels()
    for image, truth in pairs:
        grey = to_grey(read_image(image), str(image))
        mask = read_truth(truth)
        image_values = (spectrum_slope(grey), grey.mean(), grey.std(), noise_level(grey))
        for name, value in zip(names[8:], image_values, strict=True):
            values[name].append(float(value))
        if mask.shape != grey.shape:
            continue
        components, number = ndimage.label(mask, np.ones((3, 3)))
        taken = 0
        for index in range(1, number + 1):
            target = components == index
            rows, columns = np.nonzero(target)
            if not area[0] <= len(rows) <= area[1]:
                continue
            taken += 1
            window, background = background_window(target)
            clutter = grey[window][background]
            masks.append(target[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
            height, width = masks[-1].shape
            target_values = (
                len(rows),
                max(height, width),
                width / height,
                grey[target].max() - clutter.mean(),
                signal_to_clutter(grey, target),
                *mask_offset(grey, target),
            )
            for name, value in zip(names[1:8], target_values, strict=True):
                values[name].append(float(value))
        values[names[0]].append(taken)
    return values, masks


def listed_pairs(
    root: Path, names: list[str] | None = None, step: int = 1
) -> list[tuple[Path, Path]]:
    """Find the images of a data set, and their masks.

    Args:
        root (Path): Its folder.
        names (list[str], optional): Names to take. Defaults to None: all.
        step (int): Use every n-th image. Defaults to 1.

    Returns:
        list[tuple[Path, Path]]: Files of the images, each with that of its mask.

    Raises:
        FileNotFoundError: If there are none, or one is missing.
        ValueError: If two files are of one image.
    """
    images = files_by_name(root / 'images')
    masks = files_by_name(root / 'masks', endings=MASK_ENDINGS)
    if names is not None:
        absent = [name for name in names if name not in images]
        if absent:
            raise FileNotFoundError(
                f'cannot read {root}/images/{absent[0]}.png: no picture there has this name'
            )
        images = {name: images[name] for name in names}
    masks = keep_names(masks, list(images), str(root / 'masks'))
    return list(zip(images.values(), masks.values(), strict=True))[::step]


def describe(
    title: str, number: int, values: dict[str, list[float]], masks: list[np.ndarray]
) -> str:
    """Lay out the percentiles of each quantity.

    Args:
        title (str): Name of the data set.
        number (int): How many images were measured.
        values (dict[str, list[float]]): See :func:`measure`.
        masks (list[np.ndarray]): See :func:`measure`.

    Returns:
        str: Several lines.
    """
    lines = [f'{title}: {counted(number, "image")}, {counted(len(values["SCR"]), "target")}']
    lines.append(f'{"percentile":24}' + ''.join(f'{p:>9}' for p in PERCENTILES))
    for name, found in values.items():
        finite = [value for value in found if np.isfinite(value)]
        if not finite:
            lines.append(f'{name:24}' + f'{"-":>9}' * len(PERCENTILES))
            continue
        row = np.percentile(finite, PERCENTILES)
        lines.append(f'{name:24}' + ''.join(f'{value:9.2f}' for value in row))
    if masks:
        shares = [f'{name} {share:.0f} %' for name, share in recurrence(masks).items()]
        lines.append(f'the same mask elsewhere, {", ".join(shares)}')
    return '\n'.join(lines)
