"""How a command line names a detector: one grammar for all commands."""

import re
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..deploy.runtime import EXPORTED_SUFFIXES
from ..wording import did_you_mean
from ..zoo.entries import find_entry
from .classical import METHODS
from .detector import TargetDetector

#: The grammar in words, for the help of a command.
GRAMMAR = (
    'name in the zoo, CONFIG,WEIGHTS, exported file or classical method '
    f'({", ".join(METHODS)}), each with LABEL= in front at will'
)

_LABEL = re.compile(r'([^=,/\\]+)=(.+)', re.S)
_UNSAFE = re.compile(r'[^\w.+-]+')


class DetectorName(NamedTuple):
    """A detector, or a folder of predictions, as a command line names it.

    Attributes:
        label (str): Short name for tables and plots: letters, digits, ``_``, ``.``, ``+`` and
            ``-``, so that it may be part of a file's name.
        kind (str): 'zoo', 'config', 'export', 'classical' or 'folder'.
        path (str): Name in the zoo or of the method, config, exported file or folder.
        weights (str | None): Weights of a config; None of the others.
    """

    label: str
    kind: Literal['zoo', 'config', 'export', 'classical', 'folder']
    path: str
    weights: str | None = None

    def check(self) -> None:
        """See whether there is such a detector, without loading it.

        Raises:
            KeyError: If the zoo has no such model.
            FileNotFoundError: If there is no such exported file.
            ValueError: If this is a folder of predictions.
        """
        if self.kind == 'folder':
            raise ValueError(f'"{self.path}" is a folder; expected a detector: {GRAMMAR}')
        if self.kind == 'zoo':
            try:
                find_entry(self.path)
            except KeyError as error:
                raise KeyError(
                    f'{error.args[0]}. Classical methods are {", ".join(METHODS)}'
                    f'{did_you_mean(self.path, METHODS)}'
                ) from error
        if self.kind == 'export' and not Path(self.path).is_file():
            raise FileNotFoundError(f'exported model not found: "{self.path}"')

    def open(self, **options: Any) -> TargetDetector:
        """Load the detector.

        Args:
            **options: Those of :class:`TargetDetector`.

        Returns:
            TargetDetector: The detector.

        Raises:
            KeyError: If the zoo has no such model.
            OSError: If a file does not exist.
            ValueError: If this is a folder of predictions, or an option does not fit.
        """
        self.check()
        if self.weights is not None:
            return TargetDetector.from_config(self.path, self.weights, **options)
        return TargetDetector(self.path, **options)


def parse_detector_name(text: str) -> DetectorName:
    """Read ``[LABEL=]DETECTOR``.

    DETECTOR is a name in the zoo, a config and its weights joined by a comma, an exported file, a
    classical method, or a folder of predictions. A text that is the path of a file or folder is
    taken as it is, whatever ``=`` and commas it holds.

    Args:
        text (str): One argument of a command line.

    Returns:
        DetectorName: What it means; without LABEL its own name: that in the zoo, the config's
        without suffix, the file's, the folder's.

    Raises:
        ValueError: If a label cannot be part of a file's name, a config has no weights or
            something else has.
    """
    label, path = None, text
    labelled = _LABEL.fullmatch(text)
    if labelled and not Path(text).exists():
        label, path = labelled.groups()
        if _UNSAFE.search(label) or not label.strip('.'):
            raise ValueError(
                f'"{label}" in "{text}" is no label: letters, digits and _ . + - are possible'
            )
    weights = None
    if not Path(path).exists():
        path, comma, weights = path.partition(',')
        weights = weights if comma else None
    kind: Literal['zoo', 'config', 'export', 'classical', 'folder']
    if Path(path).suffix == '.py':
        if not weights:
            raise ValueError(f'the config "{path}" needs weights: "{path},WEIGHTS"')
        kind, own = 'config', Path(path).stem
    elif weights is not None:
        raise ValueError(f'"{text}": weights after a comma belong to a config (.py)')
    elif Path(path).is_dir():
        kind, own = 'folder', Path(path).resolve().name
    elif Path(path).suffix in EXPORTED_SUFFIXES:
        kind, own = 'export', Path(path).name
    elif path in METHODS:
        kind, own = 'classical', path
    else:
        kind, own = 'zoo', path
    return DetectorName(label or _UNSAFE.sub('_', own), kind, path, weights)
