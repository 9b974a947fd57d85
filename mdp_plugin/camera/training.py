"""What is done with a prepared folder: training, operating point, export, measurement, report."""

import contextlib
import io
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .. import registration  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
import torch
from mmengine.config import Config

from ..benchmark.training_speed import time_training
from ..deploy.metadata import WHITE_LEVELS
from ..detection import TargetDetector
from ..detection.detector_name import DetectorName
from ..engine.config_faults import config_faults, read_config
from ..engine.hooks.progress_hook import in_words
from ..engine.tool_config import load_tool_config
from ..engine.training import build_runner, enable_amp, run_training
from ..evaluation.calibration import operating_points
from ..evaluation.evaluating import evaluate
from ..evaluation.operating_points import SUFFIX
from ..evaluation.protocol import Protocol
from ..evaluation.scored_files import files_by_name, keep_names, read_names
from ..export.trained_model import export_trained
from ..host.cpu_allocator import keep_freed_memory
from ..imaging.grey_levels import GreyLevels
from ..imaging.picture_files import read_image
from ..precision import native_bfloat16
from ..project_files import find_project_file
from ..reporting.building import report
from ..whole_files import write_whole
from ..wording import counted
from ..zoo.entries import find_entry, weights_of
from .config_text import TrainingPlan, config_text
from .work_folder import WorkFolder

#: Steps that are timed for the estimate.
_TIMED = 3

Say = Callable[[str], None]


@dataclass(frozen=True)
class Start:
    """Where a training starts.

    Attributes:
        config (str): Config of the network, relative to the project's configs, or absolute.
        weights (str): Its weights.
        statistics (tuple[float, float]): Mean and standard deviation of their training images.
    """

    config: str
    weights: str
    statistics: tuple[float, float]


def find_start(named: DetectorName) -> Start:
    """Find config and weights of a network.

    Args:
        named (DetectorName): Name in the zoo, or a config and its weights.

    Returns:
        Start: The network.

    Raises:
        KeyError: If the zoo has no such model.
        OSError: If a file does not exist.
        ValueError: If it is an exported file or a folder, or a student with its teacher.
    """
    if named.kind == 'zoo':
        entry = find_entry(named.path)
        config, weights = entry['Config'], entry['Weights']
        weights_of(entry)
    elif named.kind == 'config':
        config = str(Path(named.path).resolve())
        weights = str(find_project_file(str(named.weights), 'weights').resolve())
    else:
        raise ValueError(f'--from takes a name in the zoo or CONFIG,WEIGHTS, not "{named.path}"')
    path = find_project_file(config, 'config file')
    cfg = read_config(path)
    with config_faults(path):
        if 'teacher' in cfg.model:
            raise ValueError('it trains with a teacher; take the config of the student alone')
        known = cfg.model.data_preprocessor
        statistics = float(known.mean[0]), float(known.std[0])
    return Start(config.removeprefix('configs/'), weights, statistics)


@dataclass(frozen=True)
class CameraTraining:
    """A prepared folder with its config.

    Args:
        folder (WorkFolder): Its files.
        amp (str): 'on', 'off' or 'auto': mixed precision where the machine computes it.
    """

    folder: WorkFolder
    amp: str = 'auto'

    @property
    def images(self) -> Path:
        """Folder of all frames."""
        data = self.load().test_dataloader.dataset
        return Path(data.data_root) / data.data_prefix.img_path

    def load(self) -> Config:
        """Read the config, as it is now."""
        cfg = load_tool_config(self.folder.config)
        if self.mixes_precisions:
            enable_amp(cfg)
        return cfg

    @property
    def mixes_precisions(self) -> bool:
        """Whether it trains in mixed precision; 'auto' does where that is faster."""
        faster = torch.cuda.is_available() or native_bfloat16()
        return self.amp == 'on' or (self.amp == 'auto' and faster)

    def write(self, plan: TrainingPlan, budget: float | None, say: Say) -> None:
        """Write the config, once it is known how long its training takes here.

        Args:
            plan (TrainingPlan): What it states.
            budget (float, optional): Seconds that the training may take; they decide on the
                epochs. None: the plan does.
            say (Callable): Called with the estimate.

        Raises:
            ValueError: If the budget does not suffice for one epoch.
        """
        draft = self.folder.config.with_stem(f'{self.folder.config.stem}_draft')
        draft.write_text(config_text(plan), encoding='utf-8')
        try:
            seconds = replace(self, folder=WorkFolder(draft)).seconds_an_epoch()
        finally:
            draft.unlink()
        if budget is not None:
            plan = replace(plan, epochs=int(budget / seconds))
            if not plan.epochs:
                raise ValueError(
                    f'--time is less than one epoch takes here, {in_words(seconds)}; give more'
                )
        # Whole or not at all: what is there is taken for finished.
        write_whole(self.folder.config, config_text(plan).encode())
        length = in_words(seconds * plan.epochs)
        say(
            f'config: {self.folder.config}; about {length} here for {counted(plan.epochs, "epoch")}'
        )

    def seconds_an_epoch(self) -> float:
        """Time a few steps, and say how long an epoch takes; validation counts a tenth."""
        cfg = self.load()
        with _quiet():
            timed = time_training(cfg, _TIMED)
        lines = Path(cfg.train_dataloader.dataset.ann_file).read_text(encoding='utf-8').split('\n')
        steps = len(list(filter(None, lines))) // cfg.train_dataloader.batch_size
        return 1.1 * steps * timed['step_median_ms'] / 1e3

    def train(self, quiet: bool = False) -> Path:
        """Train, or go on where a training was stopped.

        Args:
            quiet (bool): Show no progress. Defaults to False.

        Returns:
            Path: The host's log.
        """
        keep_freed_memory()
        cfg = self.load()
        cfg.resume = True
        shown = [] if quiet else [dict(type='ProgressHook')]
        cfg.custom_hooks = [*cfg.get('custom_hooks', []), *shown]
        with _quiet():
            runner = build_runner(cfg)
        # From now on the file has everything, and the terminal what is wrong.
        for handler in runner.logger.handlers:
            if type(handler) is logging.StreamHandler:
                handler.setStream(sys.stderr)
                handler.setLevel(logging.ERROR)
        with _quiet():
            run_training(runner, 'the same command goes on')
        return Path(runner.log_dir)

    def measure(self, say: Say) -> Path:
        """Choose the operating point on val, export, measure the held-out part, write the report.

        Args:
            say (Callable): Called with each result.

        Returns:
            Path: The report.

        Raises:
            ValueError: If nothing is found on val, so that nothing can be calibrated.
        """
        folder = self.folder
        detector = TargetDetector.from_config(self.folder.config, self.folder.weights)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of grey levels, said once when the frames were read
            try:
                points = operating_points(
                    detector, folder.masks, images=self.images, names=folder.split('val')
                )
            except ValueError as error:
                raise ValueError(
                    f'no operating point: {error}, on val. What was trained is in '
                    f'"{self.folder.weights}"; take more epochs or frames'
                ) from error
            points.save(self.folder.weights.with_suffix(SUFFIX))
            say(
                f'operating point, on val: threshold {points.threshold:g}, '
                f'{points.outcome(points.threshold)}'
            )
            self._export(detector.levels)
            say(f'exported, with its operating point: {self.folder.exported}')
            evaluation = evaluate(
                TargetDetector.from_export(self.folder.exported),
                folder.masks,
                images=self.images,
                names=folder.split('test'),
                protocol=Protocol(threshold=points.threshold),
            )
            say(f'the exported file on test, which nothing was chosen by:\n{evaluation}')
            made = report(
                [f'{self.folder.config.stem}={self.folder.config},{self.folder.weights}'],
                threshold=points.threshold,
                title=f'{self.folder.config.stem}: test, which nothing was chosen by',
            )
        return made.write(folder.report)[0]

    def _export(self, levels: GreyLevels) -> None:
        """Write the file that runs without PyTorch, for frames as the camera writes them."""
        names = read_names(self.folder.split('val'))
        kind = read_image(
            keep_names(files_by_name(self.images), names[:1], str(self.images))[names[0]]
        )
        frame_type = kind.dtype.name if kind.dtype.name in WHITE_LEVELS else 'float32'
        options = levels.to_dict()
        if not levels.given and frame_type != 'float32':
            options = {}  # as the config says, and 8 bits are grey levels
        export_trained(
            self.folder.config,
            self.folder.weights,
            self.folder.exported,
            frame_type=frame_type,
            native=True,
            **options,
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the host says of itself out of the terminal; its log file has it."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield
