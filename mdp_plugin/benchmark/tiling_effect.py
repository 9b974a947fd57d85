"""What tiles change in a detector's results, and what they cost, against whole frames."""

import multiprocessing
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from ..deploy.tiling import predict_tiled
from ..detection import DetectorName, TargetDetector
from ..evaluation.protocol import Protocol
from .worker import peak_memory


class Tiling(NamedTuple):
    """Height and width of tiles, and the pixels that neighbours share at least."""

    tile: int
    overlap: int


@dataclass
class TilingEffect:
    """What became of all frames.

    Attributes:
        difference (float): Largest difference of a probability from that of the whole frame.
        targets (int): Targets that were found.
        lost (int): Targets of the whole frames that were not found.
        gained (int): Targets that the whole frames do not have.
        pixels (int): Pixels that went through the network, those of overlaps each time.
        seconds (float): Time of the CPU, of all threads.
    """

    difference: float = 0.0
    targets: int = 0
    lost: int = 0
    gained: int = 0
    pixels: int = 0
    seconds: float = 0.0


def check_native(detector: TargetDetector) -> None:
    """Refuse a detector that takes no tiles.

    Raises:
        ValueError: If it resizes frames, or takes those of one size only.
    """
    if not detector.native:
        raise ValueError(
            f'"{detector.name}" brings every frame to one size; tiles are for networks that run at '
            "the frame's own size"
        )


def measure_tilings(
    detector: TargetDetector,
    images: Iterable[tuple[str, np.ndarray]],
    tilings: Sequence[Tiling],
) -> tuple[TilingEffect, dict[Tiling, TilingEffect]]:
    """Detect in frames as a whole and in tiles.

    Args:
        detector (TargetDetector): The detector; its network runs at the frame's own size.
        images (Iterable[tuple[str, np.ndarray]]): Names of frames, and frames as it takes them.
        tilings (Sequence[Tiling]): What to try.

    Returns:
        tuple[TilingEffect, dict[Tiling, TilingEffect]]: Of whole frames, and of each tiling.

    Raises:
        ValueError: If the detector takes no tiles, or an overlap does not fit its tile.
    """
    check_native(detector)
    protocol = Protocol(threshold=detector.threshold, num_thresholds=None)
    whole, effects = TilingEffect(), {tiling: TilingEffect() for tiling in tilings}

    def predict(grey: np.ndarray, effect: TilingEffect) -> np.ndarray:
        effect.pixels += grey.size
        start = time.process_time()
        probability = detector.predict_whole(grey)
        effect.seconds += time.process_time() - start
        return probability

    for name, image in images:
        grey = detector.levels(image, name)
        expected = predict(grey, whole)
        truth = protocol.decide(expected)
        whole.targets += len(protocol.match(expected, truth).is_found)
        for tiling, effect in effects.items():
            part = partial(predict, effect=effect)
            found = predict_tiled(part, grey, tile=tiling.tile, overlap=tiling.overlap)
            effect.difference = max(effect.difference, float(np.abs(found - expected).max()))
            matches = protocol.match(found, truth)
            effect.targets += len(matches.is_target)
            effect.lost += matches.is_found.count(False)
            effect.gained += matches.is_target.count(False)
    return whole, effects


def memory_of(named: DetectorName, threads: int | None, shape: tuple[int, int]) -> float:
    """Peak memory in MiB of a process that runs one frame, or one tile, and nothing else.

    Args:
        named (DetectorName): The detector.
        threads (int, optional): Threads of the CPU.
        shape (tuple[int, int]): Height and width of the frame.

    Returns:
        float: MiB, the imports included.
    """
    context = multiprocessing.get_context('spawn')
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_peak_of_frame, named, threads, shape).result()


def _peak_of_frame(named: DetectorName, threads: int | None, shape: tuple[int, int]) -> float:
    """Run one frame, and measure this process."""
    named.open(threads=threads).predict_whole(np.full(shape, 128, np.float32))
    return peak_memory()
