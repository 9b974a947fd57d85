"""One visitor's frames and what the network made of them; models are shared, this is not."""

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..detection import Target, TargetDetector, find_targets, parse_detector_name
from ..evaluation.false_alarms import FalseAlarms
from ..imaging.grey_levels import GreyLevels, Levels, fill_numbers, grey_values
from ..synthesis import SceneGenerator, SceneSettings
from .uploads import Upload

#: Height and width of a synthetic scene.
SCENE_SIZE = (256, 256)
#: Lowest budget of false targets where the number of measured images is unknown, and highest one.
LEAST, MOST = 1e-3, 10.0
#: A chosen target is followed to another threshold or frame as far as this, in pixels.
REACH = 8.0


class Models:
    """Detectors by name, loaded when first used; any number of visitors may share it.

    Args:
        detectors (Sequence[str]): What may be asked for, as a command line names it, see
            :func:`~mdp_plugin.detection.parse_detector_name`; of two with one label the first
            counts.
        threads (int, optional): Threads of the CPU. Defaults to None: one for each core.

    Attributes:
        names (list[str]): Labels of the detectors.
    """

    def __init__(self, detectors: Sequence[str], *, threads: int | None = None) -> None:
        parsed = [parse_detector_name(text) for text in detectors]
        self._detectors = {named.label: named for named in reversed(parsed)}
        self.names = list(dict.fromkeys(named.label for named in parsed))
        self._threads = threads
        self._loaded: dict[str, TargetDetector] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> TargetDetector:
        """Get a detector.

        Raises:
            KeyError: If it is none of the names.
        """
        if name not in self.names:
            raise KeyError(f'there is no model "{name}"')
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._detectors[name].open(threads=self._threads)
            return self._loaded[name]

    def predict(self, name: str, grey: np.ndarray) -> np.ndarray:
        """Run a network, one frame at a time whoever asks.

        Args:
            name (str): One of the names.
            grey (np.ndarray): Grey levels (H, W), float32 in 0..255.

        Returns:
            np.ndarray: Probability (H, W), float32.
        """
        detector = self[name]
        with self._lock:
            return detector.predict(grey)


@dataclass
class Session:
    """Frames, their probability maps, and what the visitor has chosen.

    Attributes:
        upload (Upload): The frames.
        truth (list[tuple[float, float]]): (x, y) of the targets that the generator has drawn.
        model (str): Name of the model.
        detector (TargetDetector): The model.
        levels (list[Levels]): What became grey levels 0 and 255 of each frame.
        remarks (list[str]): What the visitor should know of them.
        probabilities (list[np.ndarray]): (H, W) for each frame.
        milliseconds (float): Mean time of the network for a frame.
        threshold (float): A pixel above it belongs to a target.
        chosen (tuple[float, float] | None): (x, y) of the chosen target.
    """

    upload: Upload
    truth: list[tuple[float, float]]
    model: str
    detector: TargetDetector
    levels: list[Levels]
    remarks: list[str]
    probabilities: list[np.ndarray]
    milliseconds: float
    threshold: float
    chosen: tuple[float, float] | None = None

    def grey(self, index: int) -> np.ndarray:
        """Grey levels (H, W) of a frame; kept as they came, frames take less memory."""
        name = self.upload.name
        values, _ = fill_numbers(grey_values(self.upload.frames[index], name), name)
        return self.levels[index](values)

    def targets(self, index: int) -> list[Target]:
        """Targets of a frame at the current threshold; the network does not run."""
        return find_targets(
            self.probabilities[index],
            self.threshold,
            image=self.grey(index),
            confidence=self.detector.confidence,
        )

    def keep_budget(self, budget: float) -> None:
        """Set the lowest threshold that keeps a budget of false alarms.

        Args:
            budget (float): False targets a frame.

        Raises:
            ValueError: If no threshold keeps it, or the model has no operating points.
        """
        points = self.detector.operating_points
        if points is None:
            raise ValueError(f'no operating points are known of {self.model}')
        self.threshold = points.threshold_for(FalseAlarms(budget, 'frame'))

    def budgets(self) -> tuple[float, float, float] | None:
        """Powers of ten of the budgets that can be chosen, and of what the threshold costs.

        Returns:
            tuple[float, float, float] | None: Lowest, highest and present one, in tenths; None if
            the model has no operating points, or old ones without false targets a frame.
        """
        points = self.detector.operating_points
        if points is None or 'FPPI' not in points.curve:
            return None
        column = points.curve['FPPI']
        # Less than one in all images that were measured is none.
        least = 0.5 / points.frames if points.frames else LEAST
        rates = column[-1], min(column[0], MOST), points.figures_at(self.threshold)['FPPI']
        low, high, now = (math.ceil(10 * math.log10(max(rate, least))) / 10 for rate in rates)
        high = max(high, low + 0.1)
        # Rates do not always fall with the threshold, so the present one may lie outside.
        return low, high, min(max(now, low), high)

    def expectation(self) -> str:
        """What the threshold did where the operating points were measured."""
        points = self.detector.operating_points
        if points is None:
            return 'No operating points are known of this model, so it has no budget to choose.'
        outcome = points.outcome(self.threshold)
        return f'Threshold {self.threshold:.4g}: {outcome} on {points.data}.'

    def nearest(self, targets: Sequence[Target]) -> int | None:
        """Which of the targets is the chosen one, if it is still there."""
        if self.chosen is None or not targets:
            return None
        distances = [math.dist(self.chosen, (target.x, target.y)) for target in targets]
        place = int(np.argmin(distances))
        return place if distances[place] <= REACH else None


def start_session(
    models: Models,
    model: str,
    upload: Upload,
    truth: Iterable[tuple[float, float]] = (),
    levels: GreyLevels | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Session:
    """Run a network on all frames.

    Args:
        models (Models): The models.
        model (str): Name of one.
        upload (Upload): Frames.
        truth (Iterable[tuple[float, float]]): Known targets. Defaults to ().
        levels (GreyLevels, optional): Makes grey levels of frames. Defaults to None: the model's.
        progress (Callable): Told how many frames are done, and of how many.

    Returns:
        Session: At the model's own threshold.

    Raises:
        KeyError: If there is no such model.
        TypeError: If frames have no grey level.
        ValueError: If a frame holds no number.
    """
    detector = models[model]
    # Remarks are this visitor's alone.
    to_grey = levels or detector.levels.updated()
    if upload.rate is not None:
        to_grey = to_grey.for_video()
    measured, probabilities, seconds = [], [], 0.0
    for index, frame in enumerate(upload.frames):
        grey, black_and_white = to_grey.measured(frame, f'"{upload.name}"')
        measured.append(black_and_white)
        start = time.perf_counter()
        probabilities.append(models.predict(model, grey))
        seconds += time.perf_counter() - start
        progress(index + 1, len(upload.frames))
    return Session(
        upload, list(truth), model, detector, measured, to_grey.remarks(), probabilities,
        1000 * seconds / len(upload.frames), detector.threshold,
    )  # fmt: skip


def synthetic_scene(
    number: int, background: str | None
) -> tuple[Upload, list[tuple[float, float]]]:
    """Draw a scene of the generator.

    Args:
        number (int): Number of the scene, 0 or more; the same one is the same scene.
        background (str, optional): Kind of the background; None for any.

    Returns:
        tuple: The scene as one frame, and (x, y) of its targets.

    Raises:
        ValueError: If the number is negative or the background unknown.
    """
    if number < 0:
        raise ValueError(f'the number of a scene must be 0 or more, got {number}')
    options: dict[str, Any] = {} if background is None else {'backgrounds': {background: 1.0}}
    scene = SceneGenerator(SceneSettings(size=SCENE_SIZE, **options))(number)
    name = f'scene_{number}_{scene.background}.png'
    truth = [(target.x, target.y) for target in scene.targets]
    return Upload(name, [scene.image], [None], None, False), truth
