"""Making a report: which images, which detectors, what is shown of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..imaging.grey_levels import Polarity, Rule
from .comparison import Comparison, Progress, open_comparison, score_all
from .page import write_page, write_pictures, write_tables
from .provenance import Provenance, provenance
from .scoring import Scores

#: Images whose surfaces are shown.
SURFACES = 3


@dataclass(frozen=True)
class Report:
    """Detectors side by side on the same images.

    Attributes:
        title (str): Heading, such as the name of the data set.
        threshold (float): Probability above which a pixel is predicted.
        scores (list[Scores]): Figures, curves, targets and mistakes of each detector.
        surfaces (list[tuple]): Name, grey levels and probabilities by detector of the images with
            most mistakes.
        made (Provenance): When and how.
        frames (dict[str, Path]): Files of the images by name, to which the page links.
        remarks (list[str]): What a reader should know of the images' grey levels.
    """

    title: str
    threshold: float
    scores: list[Scores]
    surfaces: list[tuple[str, np.ndarray, dict[str, np.ndarray]]]
    made: Provenance
    frames: dict[str, Path] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def write(self, page: str | Path) -> list[Path]:
        """Write the page, and beside it the tables.

        Args:
            page (str | Path): HTML file; its folder is made.

        Returns:
            list[Path]: The page, its table as CSV and as LaTeX.

        Raises:
            WriteError: If one cannot be written.
        """
        page = Path(page)
        tables = page.with_suffix('.csv'), page.with_suffix('.tex')
        write_page(self, page)
        write_tables(self.scores, *tables)
        return [page, *tables]

    def write_pictures(self, folder: str | Path) -> list[Path]:
        """Write the curves, and each detector's sheet of mistakes, as PNG.

        Args:
            folder (str | Path): Where to; made if it is not there.

        Returns:
            list[Path]: The files.

        Raises:
            WriteError: If one cannot be written.
        """
        return write_pictures(self.scores, self.threshold, Path(folder))

    def to_dict(self) -> dict[str, Any]:
        """Figures, curves and mistakes as plain values, for JSON."""
        return {
            'title': self.title,
            'threshold': self.threshold,
            'made': self.made.to_dict(),
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
    command: str | None = None,
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
        command (str, optional): The command line, which the page repeats. Defaults to None.
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
        >>> report(['mdpnet', 'others=masks/'], images='frames/', truths='true_masks/')
    """
    compared = open_comparison(
        detectors,
        images=images,
        truths=truths,
        names=names,
        threads=threads,
        black_level=black_level,
        white_level=white_level,
        levels=levels,
        polarity=polarity,
    )
    eval_size = square or compared.size or 256
    scores = score_all(compared, eval_size, threshold, progress)
    surfaces = _surfaces(compared, scores)
    files = {label: predictor.files for label, predictor in compared.predictors.items()}
    return Report(
        title or compared.data,
        threshold,
        scores,
        surfaces,
        provenance(compared.named, files, compared.source, command),
        {sample.name: sample.image for sample in compared.samples},
        compared.remarks(),
    )


def _surfaces(
    compared: Comparison, scores: Sequence[Scores]
) -> list[tuple[str, np.ndarray, dict[str, np.ndarray]]]:
    """Take the probabilities of a few images: where detectors fail most there is most to see."""
    surfaces = []
    for sample in compared.most_mistaken(scores)[:SURFACES]:
        # Of several detectors the first one's image is shown; each one sees its own.
        found = {label: compared.predict(label, sample) for label in compared.predictors}
        grey = next(iter(found.values())).grey
        maps = {label: each.probability for label, each in found.items()}
        surfaces.append((sample.name, grey, maps))
    return surfaces
