"""Making a report: which images, which detectors, what is shown of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..detection.detector_name import DetectorName, parse_detector_name
from ..evaluation.scored_files import MASK_ENDINGS, files_by_name, keep_names, read_names
from ..imaging.grey_levels import Polarity, Rule
from ..installation import HOST, install_command, missing_packages
from ..zoo.entries import find_entry
from .page import write_page, write_pictures, write_tables
from .predictors import FolderPredictor, ModelPredictor, open_predictor
from .scoring import Sample, Scores, score_detector

#: Images whose surfaces are shown.
SURFACES = 3

Progress = Callable[[Sequence[Sample], str], Sequence[Sample]]
"""Wraps the samples that a detector, whose label is given, goes through."""


@dataclass(frozen=True)
class Report:
    """Detectors side by side on the same images.

    Attributes:
        title (str): Heading, such as the name of the data set.
        threshold (float): Probability above which a pixel is predicted.
        scores (list[Scores]): Figures, curves, targets and mistakes of each detector.
        surfaces (list[tuple]): Name, grey levels and probabilities by detector of the images with
            most mistakes.
        remarks (list[str]): What a reader should know of the images' grey levels.
    """

    title: str
    threshold: float
    scores: list[Scores]
    surfaces: list[tuple[str, np.ndarray, dict[str, np.ndarray]]]
    remarks: list[str] = field(default_factory=list)

    def write(self, page: str | Path) -> list[Path]:
        """Write the page, and beside it the tables.

        Args:
            page (str | Path): HTML file; its folder is made.

        Returns:
            list[Path]: The page, its table as CSV and as LaTeX.
        """
        page = Path(page)
        tables = page.with_suffix('.csv'), page.with_suffix('.tex')
        write_page(self.scores, self.surfaces, self.title, self.threshold, page)
        write_tables(self.scores, *tables)
        return [page, *tables]

    def write_pictures(self, folder: str | Path) -> list[Path]:
        """Write the curves, and each detector's sheet of mistakes, as PNG.

        Args:
            folder (str | Path): Where to; made if it is not there.

        Returns:
            list[Path]: The files.
        """
        return write_pictures(self.scores, self.threshold, Path(folder))

    def to_dict(self) -> dict[str, Any]:
        """Figures, curves and mistakes as plain values, for JSON."""
        return {
            'title': self.title,
            'threshold': self.threshold,
            'detectors': {score.name: score.to_dict() for score in self.scores},
        }


def report(
    detectors: Sequence[str | Path],
    *,
    images: str | Path | None = None,
    truths: str | Path | None = None,
    names: str | Path | Sequence[str] | None = None,
    threshold: float = 0.5,
    square: int | None = None,
    title: str | None = None,
    threads: int | None = None,
    black_level: float | None = None,
    white_level: float | None = None,
    levels: Rule | None = None,
    polarity: Polarity | None = None,
    progress: Progress = lambda samples, name: samples,
) -> Report:
    """Score detectors on the same images and keep what a report shows.

    Args:
        detectors (Sequence[str | Path]): Each as the command line names it: name in the zoo,
            ``CONFIG,WEIGHTS``, exported file or folder of predictions, ``LABEL=`` in front at will.
        images (str | Path, optional): Folder of images. Defaults to None: the test split of the
            first detector's config.
        truths (str | Path, optional): Folder of their true masks, which belongs to ``images``.
        names (str | Path | Sequence[str], optional): Names of the images of the folder to take, or
            a text file that lists them. Defaults to None: all.
        threshold (float): Probability above which a pixel is predicted. Defaults to 0.5.
        square (int, optional): Side of the square of the second protocol, in pixels. Defaults to
            None: height and width of the first detector's network, or 256.
        title (str, optional): Heading. Defaults to None: name of the data set.
        threads (int, optional): Threads of the CPU. Defaults to None: one for each core.
        black_level (float, optional): Value of an image that is black. Defaults to None.
        white_level (float, optional): Value that is white. Defaults to None.
        levels (str, optional): 'auto' or 'full', where neither is given. Defaults to None: as each
            detector does it, see :class:`~mdp_plugin.detection.TargetDetector`.
        polarity (str, optional): 'white-hot' or 'black-hot'. Defaults to None: likewise.
        progress (Callable): Wraps the samples that a detector goes through, given its label.
            Defaults to showing none.

    Returns:
        Report: The report, not yet written.

    Raises:
        KeyError: If the zoo has no such model.
        OSError: If a folder or a file cannot be read.
        TypeError: If the detectors are no list.
        ValueError: If there is no detector, two have one label, or images and truths do not
            belong together.

    Examples:
        >>> report(['mdpnet-sirst', 'others=masks/'], images='frames/', truths='true_masks/')
    """
    if isinstance(detectors, (str, Path)):
        raise TypeError(f'detectors must be a list, not {detectors!r}')
    if not detectors:
        raise ValueError('a report needs a detector')
    if (images is None) != (truths is None):
        raise ValueError('images and truths belong together (--images and --truths)')
    if names is not None and images is None:
        raise ValueError('names are of the images of a folder (--images); a config has its own')
    named = [parse_detector_name(str(detector)) for detector in detectors]
    labels = [detector.label for detector in named]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise ValueError(f'two detectors are called "{twice}"; put LABEL= in front of one')
    # Folders need no config, which PyTorch and OpenMMLab would have to read.
    cfg = None if images is not None and missing_packages(*HOST) else _config_of(named[0])
    if images is not None and truths is not None:
        samples = samples_of_folders(Path(images), Path(truths), names)
        data = Path(images).resolve().name
    elif cfg is not None:
        samples = samples_of_config(cfg)
        data = Path(cfg.test_dataloader.dataset.data_root).name
    else:
        raise ValueError('the first detector has no config, so --images and --truths are needed')
    grey = dict(black_level=black_level, white_level=white_level, levels=levels, polarity=polarity)
    predictors = {
        detector.label: open_predictor(detector, threads=threads, **grey) for detector in named
    }
    # A config's scale is (width, height).
    own_size = predictors[labels[0]].size if cfg is None else tuple(cfg.scale)[::-1]
    eval_size = square or own_size or 256
    scores = [
        score_detector(
            label,
            predictor,
            samples,
            eval_size,
            levels=predictor.levels,
            threshold=threshold,
            interpolation=predictor.interpolation,
            confidence=predictor.confidence,
            progress=_labelled(progress, label),
        )
        for label, predictor in predictors.items()
    ]
    remarks = [remark for each in predictors.values() for remark in each.levels.remarks()]
    surfaces = _surfaces(samples, scores, predictors)
    return Report(title or data, threshold, scores, surfaces, list(dict.fromkeys(remarks)))


def _labelled(progress: Progress, label: str) -> Callable[[Sequence[Sample]], Sequence[Sample]]:
    """What wraps the samples of one detector."""
    return lambda samples: progress(samples, label)


def samples_of_folders(
    images: Path, truths: Path, names: str | Path | Sequence[str] | None = None
) -> list[Sample]:
    """Pair the files of two folders by name.

    Args:
        images (Path): Folder of images.
        truths (Path): Folder of their true masks, and maybe of others.
        names (str | Path | Sequence[str], optional): Those to take, or a text file that lists
            them. Defaults to None: all.

    Returns:
        list[Sample]: The images, sorted by name, or in the order of the names.

    Raises:
        FileNotFoundError: If a folder holds no picture, or an image has no mask.
    """
    masks = files_by_name(truths, endings=MASK_ENDINGS)
    files = files_by_name(images)
    if names is not None:
        listed = read_names(Path(names)) if isinstance(names, (str, Path)) else names
        files = keep_names(files, listed, images)
    missing = sorted(set(files) - set(masks))
    if missing:
        raise FileNotFoundError(
            f'{len(missing)} images have no mask in "{truths}": {", ".join(missing[:5])}'
        )
    return [Sample(name, file, masks[name]) for name, file in files.items()]


def samples_of_config(cfg: Any, split: str = 'test') -> list[Sample]:
    """List a split of a config.

    Args:
        cfg (Config): The config.
        split (str): 'train', 'val' or 'test'. Defaults to 'test'.

    Returns:
        list[Sample]: The images in their order.
    """
    from .. import registration  # noqa: F401  (PyTorch and OpenMMLab, which folders do not need)

    # isort: split
    from mmengine.registry import init_default_scope
    from mmseg.registry import DATASETS

    init_default_scope(cfg.get('default_scope', 'mmseg'))
    dataset = DATASETS.build(cfg[f'{split}_dataloader'].dataset)
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    pairs = [(Path(info['img_path']), Path(info['seg_map_path'])) for info in infos]
    return [Sample(image.stem, image, mask) for image, mask in pairs]


def _config_of(named: DetectorName) -> Any | None:
    """Load the config behind a detector, if it has one."""
    if named.kind == 'config':
        path = named.path
    else:
        try:
            path = find_entry(named.path)['Config']
        except KeyError:
            return None
    missing = missing_packages(*HOST)
    if missing:
        raise ImportError(
            f'the test split of "{named.path}" needs {", ".join(missing)}: '
            f'{install_command("onedl")}; or name --images and --truths'
        )
    from .. import host  # noqa: F401  (first: it checks and bridges the hosts)

    # isort: split
    from ..engine.tool_config import load_tool_config

    return load_tool_config(path)


def _surfaces(
    samples: Sequence[Sample],
    scores: Sequence[Scores],
    predictors: dict[str, FolderPredictor | ModelPredictor],
) -> list[tuple[str, np.ndarray, dict[str, np.ndarray]]]:
    """Take the probabilities of a few images: where detectors fail most there is most to see."""
    trouble = [mistake.image for score in scores for mistake in score.mistakes]
    order = sorted(samples, key=lambda sample: -trouble.count(sample.name))
    surfaces = []
    for sample in order[:SURFACES]:
        # Of several detectors the first one's image is shown; each one sees its own.
        greys = {label: sample.read(each.levels)[0] for label, each in predictors.items()}
        grey = next(iter(greys.values()))
        probabilities = {
            label: predict(greys[label], sample.name) for label, predict in predictors.items()
        }
        surfaces.append((sample.name, grey, probabilities))
    return surfaces
