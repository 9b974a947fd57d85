"""Speed of an exported file on the machine at hand, as a row of a table of machines."""

import os
import platform
import time
from typing import Any

import numpy as np

from ..deploy import ExportedDetector
from ..processor import instruction_sets, processor_name
from ..synthesis import SceneGenerator, SceneSettings

#: Columns of a table of machines.
COLUMNS = (
    'machine', 'cores', 'instructions', 'backend', 'network', 'frame', 'threads', 'median ms',
    'p95 ms', 'FPS',
)  # fmt: skip
_WARM_UP = 10


def synthetic_frame(size: tuple[int, int]) -> np.ndarray:
    """An infrared frame with targets, uint8 (H, W), which every candidate gets."""
    # A scene is made at up to 512 pixels and repeated beyond, since clutter takes long to make.
    part = min(size[0], 512), min(size[1], 512)
    scene = SceneGenerator(SceneSettings(size=part), seed=0)(0).image
    repeats = [-(-side // small) for side, small in zip(size, part, strict=True)]
    return np.tile(scene, repeats)[: size[0], : size[1]]


def measure_file(
    detector: ExportedDetector, size: tuple[int, int], iters: int
) -> dict[str, float | int]:
    """Time an exported file on one frame after the other; neither PyTorch nor OpenMMLab is needed.

    Args:
        detector (ExportedDetector): The file, loaded.
        size (tuple[int, int]): Height and width of the frames.
        iters (int): Frames that are timed, after some that are not.

    Returns:
        dict[str, float | int]: ``median_ms``, ``p95_ms`` and, by the median, ``fps``.
    """
    frame = detector.metadata.to_frames(synthetic_frame(size).astype(np.float32))
    times = []
    for _ in range(_WARM_UP + iters):
        start = time.perf_counter()
        detector(frame)
        times.append(1e3 * (time.perf_counter() - start))
    median, p95 = (float(value) for value in np.percentile(times[_WARM_UP:], (50, 95)))
    return {'median_ms': median, 'p95_ms': p95, 'fps': 1e3 / median}


def board_table(
    detector: ExportedDetector,
    backend: str,
    threads: int,
    size: tuple[int, int],
    figures: dict[str, Any],
) -> str:
    """A measurement as a row in Markdown, below the heads of its columns.

    Args:
        detector (ExportedDetector): What was timed.
        backend (str): Name of what ran it.
        threads (int): Threads that it had.
        size (tuple[int, int]): Height and width of the frames.
        figures (dict): See :func:`measure_file`.

    Returns:
        str: Three lines.
    """
    about = detector.metadata
    row = (
        processor_name(),
        os.cpu_count(),
        ', '.join(instruction_sets()) or platform.machine(),
        backend,
        f'{about.name}, {about.precision}',
        f'{size[0]}x{size[1]}',
        threads,
        *(f'{figures[key]:.2f}' for key in ('median_ms', 'p95_ms')),
        f'{figures["fps"]:.0f}' if figures['fps'] >= 10 else f'{figures["fps"]:.1f}',
    )
    lines = (COLUMNS, ['---'] * len(COLUMNS), row)
    return '\n'.join(f'| {" | ".join(map(str, line))} |' for line in lines)
