"""One visitor's frames and what the network made of them; models are shared, this is not."""

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..detection import Target, TargetDetector, find_targets, parse_detector_name
from ..evaluation.false_alarms import FalseAlarms, rate_in_words
from ..imaging.grey_levels import GreyLevels, Levels, fill_numbers, grey_values
from ..synthesis import SceneGenerator, SceneSettings
from .uploads import Upload

#: Height and width of a synthetic scene.
SCENE_SIZE = (256, 256)
#: False targets a frame that may be chosen, as far as the operating points reach.
BUDGETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
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

    def budgets(self) -> dict[float, str]:
        """Rates of false targets that can be chosen, and what each costs, in words.

        Returns:
            dict[float, str]: False targets a frame, ascending, each with a threshold of its own;
            none if the model has no operating points, or old ones without false targets a frame.
        """
        points = self.detector.operating_points
        if points is None or 'FPPI' not in points.curve:
            return {}
        # Less than one in all images that were measured is none.
        least = max(points.curve['FPPI'][-1], 0.5 / points.frames if points.frames else 0.0)
        budgets: dict[float, str] = {}
        last = None
        for rate in BUDGETS:
            if rate < least:
                continue
            threshold = points.threshold_for(FalseAlarms(rate, 'frame'))
            if threshold != last:
                found = points.figures_at(threshold).get('Pd')
                costs = '' if found is None else f': Pd {100 * found:.1f} %'
                budgets[rate] = rate_in_words(rate) + costs
            last = threshold
        return budgets

    def expectation(self) -> str:
        """What the threshold did where the operating points were measured."""
        points = self.detector.operating_points
        if points is None:
            return 'No operating points are known of this model, so no rate can be chosen.'
        figures = points.figures_at(self.threshold)
        texts = {
            'Pd': f'{100 * figures.get("Pd", 0):.2f} % of the targets found (Pd)',
            'FPPI': rate_in_words(figures.get('FPPI', 0)),
            'Fa': f'Fa {1e6 * figures["Fa"]:.2f}e-6',
        }
        known = ', '.join(text for key, text in texts.items() if key in figures)
        return f'Threshold {self.threshold:.4g}: {known}, measured on {points.data}.'

    def doubt(self, budget: float) -> str:
        """What the frames that were measured do not show of a rate that was chosen; may be empty.

        Args:
            budget (float): False targets a frame.
        """
        points = self.detector.operating_points
        asked = FalseAlarms(budget, 'frame')
        return (points and points.doubt(asked, self.threshold)) or ''

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
