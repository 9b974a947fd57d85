"""Detectors that are compared on the same images: what they are, and what they say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..detection.detector_name import DetectorName, parse_detector_name
from ..evaluation.scored_files import MASK_ENDINGS, files_by_name, keep_names
from ..installation import HOST, install_command, missing_packages
from ..wording import counted
from ..zoo.entries import find_entry
from .predictors import FolderPredictor, ModelPredictor, open_predictor
from .scoring import Predicted, Sample, Scores, predict_sample, score_detector

Progress = Callable[[Sequence[Sample], str], Sequence[Sample]]
"""Wraps the samples that a detector, whose label is given, goes through."""


@dataclass(frozen=True)
class Comparison:
    """Detectors and the images that all of them are shown.

    Attributes:
        named (dict[str, DetectorName]): What the detectors are, by label.
        predictors (dict[str, FolderPredictor | ModelPredictor]): The detectors at work, by label.
        samples (list[Sample]): The images with their truths.
        data (str): Name of the data set.
        source (str): Where the images come from, in words.
        size (tuple[int, int] | None): Height and width of the first detector's network; None: it
            has none.
    """

    named: dict[str, DetectorName]
    predictors: dict[str, FolderPredictor | ModelPredictor]
    samples: list[Sample]
    data: str
    source: str
    size: tuple[int, int] | None

    def predict(self, label: str, sample: Sample) -> Predicted:
        """Show an image to a detector; see :func:`~mdp_plugin.reporting.scoring.predict_sample`."""
        predictor = self.predictors[label]
        return predict_sample(label, predictor, sample, predictor.levels)

    def most_mistaken(self, scores: Sequence[Scores]) -> list[Sample]:
        """The images, those with most misses and false alarms first."""
        trouble = [mistake.image for score in scores for mistake in score.mistakes]
        return sorted(self.samples, key=lambda sample: -trouble.count(sample.name))

    def remarks(self) -> list[str]:
        """What a reader should know of the images' grey levels."""
        remarks = [text for each in self.predictors.values() for text in each.levels.remarks()]
        return list(dict.fromkeys(remarks))


def open_comparison(
    detectors: Sequence[str | Path],
    *,
    images: str | Path | None = None,
    truths: str | Path | None = None,
    names: str | Path | Sequence[str] | None = None,
    threads: int | None = None,
    **levels: Any,
) -> Comparison:
    """Open detectors and find the images.

    Args:
        detectors (Sequence[str | Path]): Each as the command line names it: name in the zoo or of
            a classical method, ``CONFIG,WEIGHTS``, exported file or folder of predictions,
            ``LABEL=`` in front at will.
        images (str | Path, optional): Folder of images. Defaults to None: the test split of the
            first detector's config.
        truths (str | Path, optional): Folder of their true masks, which belongs to ``images``.
        names (str | Path | Sequence[str], optional): Names of the images to take, or a text file
            that lists them. Defaults to None: all.
        threads (int, optional): Threads of the CPU. Defaults to None: one for each core.
        **levels: ``black_level``, ``white_level``, ``levels`` and ``polarity`` of
            :class:`~mdp_plugin.detection.TargetDetector`.

    Returns:
        Comparison: Detectors and images.

    Raises:
        KeyError: If the zoo has no such model.
        OSError: If a folder or a file cannot be read, or a folder of predictions lacks an image.
        TypeError: If the detectors are no list.
        ValueError: If there is no detector, two have one label, or images and truths do not
            belong together.
    """
    if isinstance(detectors, (str, Path)):
        raise TypeError(f'detectors must be a list, not {detectors!r}')
    if not detectors:
        raise ValueError('a comparison needs a detector')
    if (images is None) != (truths is None):
        raise ValueError('images and truths belong together (--images and --truths)')
    named = [parse_detector_name(str(detector)) for detector in detectors]
    labels = [detector.label for detector in named]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise ValueError(f'two detectors are called "{twice}"; put LABEL= in front of one')
    # Folders need no config, which PyTorch and OpenMMLab would have to read.
    cfg = None if images is not None and missing_packages(*HOST) else config_of(named[0])
    if images is not None and truths is not None:
        samples = samples_of_folders(Path(images), Path(truths), names)
        data = Path(images).resolve().name
        source = f'{images}, masks {truths}'
    elif cfg is not None:
        samples = samples_of_config(cfg)
        data = Path(cfg.test_dataloader.dataset.data_root).name
        source = f'test split of {named[0].path}'
        if names is not None:
            named_samples = {sample.name: sample for sample in samples}
            samples = list(keep_names(named_samples, names, data).values())
    else:
        raise ValueError('the first detector has no config, so --images and --truths are needed')
    if isinstance(names, (str, Path)):
        source += f', those of {names}'
    predictors = {
        detector.label: open_predictor(detector, threads=threads, **levels) for detector in named
    }
    for predictor in predictors.values():
        if isinstance(predictor, FolderPredictor):
            predictor.require([sample.name for sample in samples])
    # A config's scale is (width, height).
    size = predictors[labels[0]].size if cfg is None else tuple(cfg.scale)[::-1]
    return Comparison(dict(zip(labels, named)), predictors, samples, data, source, size)


def score_all(
    compared: Comparison,
    eval_size: int | tuple[int, int] | None,
    threshold: float,
    progress: Progress,
) -> list[Scores]:
    """Score all detectors; see :func:`~mdp_plugin.reporting.scoring.score_detector`.

    Args:
        compared (Comparison): Detectors and images.
        eval_size (int | tuple[int, int], optional): The second protocol; None: there is none.
        threshold (float): Probability above which a pixel is predicted.
        progress (Callable): Wraps the samples that a detector goes through, given its label.

    Returns:
        list[Scores]: One for each detector.
    """
    return [
        score_detector(
            label,
            predictor,
            compared.samples,
            eval_size,
            levels=predictor.levels,
            threshold=threshold,
            interpolation=predictor.interpolation,
            confidence=predictor.confidence,
            progress=_labelled(progress, label),
        )
        for label, predictor in compared.predictors.items()
    ]


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
        files = keep_names(files, names, str(images))
    missing = sorted(set(files) - set(masks))
    if missing:
        raise FileNotFoundError(
            f'no mask in "{truths}" for {counted(len(missing), "image")}: {", ".join(missing[:5])}'
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


def config_of(named: DetectorName) -> Any | None:
    """Load the config behind a detector; None if it has none."""
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
