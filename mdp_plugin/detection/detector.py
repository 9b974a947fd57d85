"""The detector that needs no knowledge of OpenMMLab."""

import copy
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from ..deploy.exported_detector import ExportedDetector
from ..deploy.runtime import EXPORTED_SUFFIXES, load_exported
from ..deploy.tiling import predict_tiled
from ..evaluation.false_alarms import FalseAlarms
from ..evaluation.functional import Confidence
from ..evaluation.operating_points import FalseAlarmWarning, OperatingPoints
from ..imaging.bad_pixels import read_ignore_mask
from ..imaging.grey_levels import GreyLevels, Polarity, Rule
from ..imaging.picture_files import read_image
from ..imaging.resampling import resize_mask
from ..installation import HOST, install_command, missing_packages
from ..zoo.entries import DEFAULT_MODEL, exported_file, find_entry, installed_entries
from .classical import METHODS, ClassicalMethod
from .conversions import targets_to_dataframe, targets_to_supervision
from .sources import find_sources, read_frames
from .targets import Target, find_targets
from .tracking import Tracker, Tracking

if TYPE_CHECKING:
    import pandas as pd
    import supervision as sv

Image = str | Path | np.ndarray

#: Pixels of the largest frame that a network of the frame's own size takes whole; larger ones go
#: through it in tiles, which change targets (docs/deployment.md, "Large frames").
LARGEST_WHOLE = 1920 * 1080


class Detection(NamedTuple):
    """What was found in one image.

    Attributes:
        probability (np.ndarray): Probability of a target for each pixel, float32 (H, W).
        mask (np.ndarray): Where it exceeds the threshold, bool (H, W).
        targets (list[Target]): The connected parts of the mask.
        grey (np.ndarray): What the network saw, grey levels, float32 (H, W).
    """

    probability: np.ndarray
    mask: np.ndarray
    targets: list[Target]
    grey: np.ndarray

    def to_dataframe(self) -> 'pd.DataFrame':
        """The targets as a table of pandas.

        Returns:
            pd.DataFrame: One row for each, with the columns that ``targets.csv`` has from ``x`` on;
            without targets, the columns alone.

        Raises:
            ImportError: If pandas is not installed; names the command.
        """
        return targets_to_dataframe(self.targets)

    def to_supervision(self) -> 'sv.Detections':
        """The targets as the library ``supervision`` takes them, to draw, count or save.

        Returns:
            sv.Detections: Boxes as first column and row, and the column and row after the last
            one; as confidence the calibrated one, or the peak where there is none; numbers of
            tracks, if frames were tracked. ``data`` holds the other values of a target.

        Raises:
            ImportError: If supervision is not installed; names the command.
        """
        return targets_to_supervision(self.targets)


class TargetDetector:
    """Find infrared small targets in images.

    What ``model`` is follows from its suffix; :meth:`from_zoo`, :meth:`from_config` and
    :meth:`from_export` say it, and take the same options.

    Args:
        model (str | Path): Name of a model of the zoo (``mdpnet zoo`` lists them), of a classical
            method (``top-hat``, ``lcm``, ``mpcm``), a config ('.py', with ``weights``), or a file
            of ``mdpnet export``, which runs without PyTorch. Where PyTorch or OpenMMLab is not
            installed, the name stands for the exported file beside the model's weights. Defaults to
            'mdpnet'.
        weights (str | Path, optional): Weights of a config. Defaults to None.
        threshold (float, optional): Probability above which a pixel belongs to a target. Defaults
            to None: that of ``false_alarms``, of the operating points, of the exported file, or
            0.5.
        black_level (float, optional): Value of an image that is black. Defaults to None.
        white_level (float, optional): Value that is white, e.g. 16383 for a 14-bit camera. Defaults
            to None.
        levels (str, optional): 'auto' or 'full', what holds where no level is given, see
            :class:`~mdp_plugin.imaging.grey_levels.GreyLevels`. Defaults to None: as the config
            or the exported file says, else 'auto'.
        polarity (str, optional): 'white-hot', or 'black-hot' of a camera that shows what is hot as
            dark. Defaults to None: as the config or the exported file says, else 'white-hot'.
        ignore_mask (str | Path | np.ndarray, optional): Pixels to look at nowhere, such as text on
            the screen or bad ones: a picture, or an array (H, W), other than 0 there. They are
            filled from their neighbours, and nothing is reported there. Defaults to None.
        backend (str, optional): What runs an exported file, see
            :func:`mdp_plugin.deploy.load_exported`. Defaults to None.
        precision (str): 'f32', 'bf16' or 'f16', in which an exported file is run, see
            :func:`mdp_plugin.deploy.load_exported`. Defaults to 'f32'.
        device (str, optional): Device of PyTorch. Defaults to None: a GPU if there is one.
        threads (int, optional): Threads of the CPU. Defaults to None: one for each core.
        operating_points (str | Path | OperatingPoints, optional): Thresholds and calibrated
            confidence that ``mdpnet evaluate --calibrate`` or ``mdpnet calibrate`` has stored.
            Defaults to None: those that came with the model, if any.
        false_alarms (str | FalseAlarms, optional): Choose the threshold that kept this rate where
            the operating points were measured: '0.01/frame', '10/hour' or '1e-6/pixel', see
            :class:`~mdp_plugin.evaluation.false_alarms.FalseAlarms`. Defaults to None.
        frame_rate (float, optional): Frames a second, for a rate an hour. Defaults to None.

    Attributes:
        threshold (float): The threshold in use.
        network (ExportedDetector | TorchPredictor | ClassicalMethod): What runs the network.
        predict (Callable): Maps grey levels, float32 (H, W) in 0..255, to probabilities (H, W).
        predict_whole (Callable): The same without tiles, however large the frame is.
        native (bool): Whether the network runs at each frame's own size.
        levels (GreyLevels): Makes grey levels of images; its ``remarks()`` say what did not fit.
        operating_points (OperatingPoints | None): What is known of other thresholds; without it
            targets have no confidence.
        interpolation (str): Kernel by which frames are resized for the network.
        size (tuple[int, int] | None): Height and width to which they are; None: their own.

    Raises:
        FileNotFoundError: If a file does not exist.
        ImportError: If the model needs packages that are not installed; names the command.
        KeyError: If the zoo has no such model; names those it has.
        ValueError: If options do not fit together, or a value is impossible.

    Warns:
        FalseAlarmWarning: If the operating points were measured on too few frames to show the
            rate that is asked for.

    Examples:
        >>> detector = TargetDetector('mdpnet')
        >>> for target in detector('frame.png').targets:
        ...     print(target.x, target.y, target.peak)
    """

    def __init__(
        self,
        model: str | Path = DEFAULT_MODEL,
        *,
        weights: str | Path | None = None,
        threshold: float | None = None,
        black_level: float | None = None,
        white_level: float | None = None,
        levels: Rule | None = None,
        polarity: Polarity | None = None,
        ignore_mask: str | Path | np.ndarray | None = None,
        backend: str | None = None,
        precision: str = 'f32',
        device: str | None = None,
        threads: int | None = None,
        operating_points: str | Path | OperatingPoints | None = None,
        false_alarms: str | FalseAlarms | None = None,
        frame_rate: float | None = None,
    ) -> None:
        if threshold is not None and not 0 < threshold < 1:
            raise ValueError(f'threshold must lie between 0 and 1, got {threshold!r}')
        rate = None if false_alarms is None else FalseAlarms.parse(false_alarms, frame_rate)
        asked = black_level, white_level, levels, polarity
        GreyLevels().updated(*asked)  # mistakes come first
        self.name, self.precision = str(model), precision
        self.predict: Callable[[np.ndarray], np.ndarray]
        file = _exported_file(model)
        if device is not None and (file is not None or model in METHODS):
            raise ValueError(f'"{model}" is not run by PyTorch; leave `device` out')
        if file is not None:
            if weights is not None:
                raise ValueError(f'"{model}" holds its weights; leave `weights` out')
            exported = load_exported(file, backend=backend, threads=threads, precision=precision)
            self.network: Any = exported
            self.predict = _FramesOfExport(exported)
            native = exported.metadata.native
            self.interpolation, self.size = exported.metadata.interpolation, exported.metadata.size
            own_levels = exported.metadata.grey_levels
            usual = exported.metadata.threshold
            points = exported.metadata.operating_points
            known = None if points is None else OperatingPoints.from_dict(points, self.name)
        elif model in METHODS:
            if weights is not None:
                raise ValueError(f'"{model}" has no weights; leave `weights` out')
            if backend is not None or precision != 'f32':
                raise ValueError('backend and precision are for exported files')
            self.network = self.predict = ClassicalMethod(str(model))
            # Tiles would each have a threshold of their own.
            native, self.interpolation, self.size = False, 'bilinear', None
            own_levels, usual, known = GreyLevels(), 0.5, None
        else:
            if backend is not None or precision != 'f32':
                raise ValueError('backend and precision are for exported files')
            from .torch_predictor import TorchPredictor

            self.network = self.predict = predictor = TorchPredictor(
                model, weights=weights, device=device, threads=threads
            )
            native = predictor.size is None
            self.interpolation, self.size = predictor.interpolation, predictor.size
            own_levels = predictor.levels
            known = OperatingPoints.beside(predictor.weights)
            usual = 0.5 if known is None else known.threshold
        self.native, self.predict_whole = native, self.predict
        if native:
            self.predict = _InTiles(self.predict)
        self.levels = own_levels.updated(*asked)
        if ignore_mask is not None:
            self.levels.ignored = ignored = read_ignore_mask(ignore_mask)
            self.predict = _Ignoring(self.predict, ignored)
        if isinstance(operating_points, (str, Path)):
            operating_points = OperatingPoints.load(operating_points)
        if operating_points is not None:
            known, usual = operating_points, operating_points.threshold
        if rate is not None:
            if threshold is not None:
                raise ValueError(
                    'threshold and false_alarms both choose the threshold; leave one out'
                )
            if known is None:
                raise ValueError(
                    f'no operating points are known of "{model}"; `mdpnet evaluate --calibrate` '
                    'measures them, and `mdpnet calibrate` on frames without targets'
                )
            threshold = known.threshold_for(rate)
            doubt = known.doubt(rate, threshold)
            if doubt:
                warnings.warn(doubt, FalseAlarmWarning, stacklevel=2)
        self.operating_points = known
        self.threshold = usual if threshold is None else threshold

    @classmethod
    def from_zoo(cls, name: str = DEFAULT_MODEL, **options: Any) -> 'TargetDetector':
        """Take a model of the zoo with its weights.

        Args:
            name (str): Its name or alias. Defaults to 'mdpnet'.
            **options: Options of the class.

        Returns:
            TargetDetector: The detector.

        Raises:
            KeyError: If there is no such model; names those there are.
        """
        find_entry(name)
        return cls(name, **options)

    @classmethod
    def from_config(
        cls, config: str | Path, weights: str | Path, **options: Any
    ) -> 'TargetDetector':
        """Take the network of a config.

        Args:
            config (str | Path): The config, '.py'.
            weights (str | Path): Its weights.
            **options: Options of the class.

        Returns:
            TargetDetector: The detector.

        Raises:
            FileNotFoundError: If one of the files does not exist.
            ValueError: If the first one is no config.
        """
        if Path(config).suffix != '.py':
            raise ValueError(f'"{config}" is no config (.py)')
        return cls(config, weights=weights, **options)

    @classmethod
    def from_export(cls, file: str | Path, **options: Any) -> 'TargetDetector':
        """Take a file of ``mdpnet export``; PyTorch is not needed.

        Args:
            file (str | Path): The file.
            **options: Options of the class.

        Returns:
            TargetDetector: The detector.

        Raises:
            FileNotFoundError: If it does not exist.
            ValueError: If it is of no exported kind.
        """
        if Path(file).suffix not in EXPORTED_SUFFIXES:
            raise ValueError(f'"{file}" is no exported file ({", ".join(EXPORTED_SUFFIXES)})')
        return cls(file, **options)

    @property
    def confidence(self) -> Confidence | None:
        """Calibration of the model's confidence; None if nothing is known of it."""
        return None if self.operating_points is None else self.operating_points.confidence

    @property
    def on_gpu(self) -> bool:
        """Whether the network runs on a GPU."""
        return getattr(self.network, 'on_gpu', False)

    @overload
    def __call__(self, images: str | Path, name: str = ...) -> Detection: ...

    @overload
    def __call__(self, images: list | tuple, name: str = ...) -> list[Detection]: ...

    @overload
    def __call__(self, images: np.ndarray, name: str = ...) -> Any: ...

    def __call__(self, images: Any, name: str = 'the image') -> Detection | list[Detection]:
        """Detect.

        Args:
            images (str | Path | np.ndarray | Sequence): A file; an array (H, W) or (H, W, C) with
                C of 1 to 4 in OpenCV's order, of any depth, floats included; a list of these; or
                an array (N, H, W, C) or (N, H, W) with W over 4.
            name (str): What an array is called in a message. Defaults to 'the image'.

        Returns:
            Detection or list[Detection]: One for an image, a list for several.

        Raises:
            OSError: If a file cannot be read as an image.
            TypeError: If an image has a dtype or a shape that has no grey level.
            ValueError: If it holds no number, or the ignore mask has another size.
        """
        several = isinstance(images, (list, tuple)) or (
            isinstance(images, np.ndarray)
            and (images.ndim == 4 or (images.ndim == 3 and images.shape[2] > 4))
        )
        if several:
            return [self._detect(image, name) for image in images]
        return self._detect(images, name)

    def for_video(self) -> 'TargetDetector':
        """The same detector for frames that follow each other, given to it one by one.

        Levels that are measured (16 bits, floats) then change slowly, and do not flicker. Take a
        new one for each video. The network is shared.
        """
        own = copy.copy(self)
        own.levels = self.levels.for_video()
        return own

    def track(
        self, frames: str | Path | Iterable[Image], tracking: Tracking | None = None
    ) -> Iterator[Detection]:
        """Detect in a sequence, and keep the targets that several frames confirm.

        Args:
            frames (str | Path | Iterable): A video, a TIFF of several pages, a folder of pictures
                (frame 10 after frame 2), or images in the order of time.
            tracking (Tracking, optional): How targets are followed. Defaults to ``Tracking()``.

        Yields:
            Detection: One for each frame, whose targets have their ``track_id``, see
            :class:`~mdp_plugin.detection.tracking.Tracker`.

        Raises:
            ImportError: If the library ``trackers`` is not installed; names the command.
            OSError: If a file is not there or cannot be read.
            TypeError: If a frame has a dtype or a shape that has no grey level.
            ValueError: If a frame holds no number, frames differ in size, or a folder holds
                several sequences.
        """
        rate = None
        images: Iterable[tuple[Image, float | None]]
        if isinstance(frames, (str, Path)):
            sources = find_sources([str(frames)], sequences=True)
            if len(sources) > 1:
                raise ValueError(f'"{frames}" holds {len(sources)} sequences; name one of them')
            images, rate = read_frames(sources[0]), sources[0].rate()
        else:
            images = ((image, None) for image in frames)
        tracker, detector = Tracker(tracking, rate), self.for_video()
        found = ((detector(image), seconds) for image, seconds in images)
        for detection, _ in tracker.follow(found):
            yield detection

    def _detect(self, image: Image, name: str) -> Detection:
        if isinstance(image, (str, Path)):
            name, image = str(image), read_image(image)
        grey = self.levels(image, name)
        probability = self.predict(grey)
        targets = find_targets(probability, self.threshold, image=grey, confidence=self.confidence)
        return Detection(probability, probability > self.threshold, targets, grey)


def _exported_file(model: str | Path) -> Path | None:
    """The exported file that a model is, or stands for where PyTorch or OpenMMLab is missing."""
    if Path(model).suffix in EXPORTED_SUFFIXES:
        return Path(model)
    if model in METHODS:
        return None
    missing = missing_packages(*HOST)
    if not missing:
        return None
    file = None if Path(model).suffix == '.py' else exported_file(find_entry(str(model)))
    if file is None:
        names = [
            entry.get('Alias') or entry['Name']
            for entry in filter(exported_file, installed_entries())
        ]
        raise ImportError(
            f'"{model}" needs {", ".join(missing)}: {install_command("onedl")}. Without, there are '
            f'{", ".join(names)}, and files that tools/deployment/export.py has made elsewhere'
        )
    return file


class _FramesOfExport:
    """An exported file that takes grey levels of 0..255, whatever type it was exported for."""

    def __init__(self, exported: ExportedDetector) -> None:
        self._exported = exported

    def __call__(self, grey: np.ndarray) -> np.ndarray:
        return self._exported(self._exported.metadata.to_frames(grey))


class _InTiles:
    """A network that keeps the frame's size: large frames go through it in tiles."""

    def __init__(self, predict: Callable[[np.ndarray], np.ndarray]) -> None:
        self._predict = predict

    def __call__(self, grey: np.ndarray) -> np.ndarray:
        if grey.size <= LARGEST_WHOLE:
            return self._predict(grey)
        return predict_tiled(self._predict, grey)


class _Ignoring:
    """A network that finds nothing in some pixels."""

    def __init__(self, predict: Callable[[np.ndarray], np.ndarray], ignored: np.ndarray) -> None:
        self._predict, self._ignored = predict, ignored

    def __call__(self, grey: np.ndarray) -> np.ndarray:
        # A report asks for the frame at a second size, too.
        ignored = resize_mask(self._ignored, grey.shape[::-1])
        return np.where(ignored, np.float32(0), self._predict(grey))
