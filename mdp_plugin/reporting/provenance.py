"""When and how a report was made: what a reader needs to make it again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..detection.detector_name import DetectorName
from ..installation import versions
from ..zoo.entries import sha256


@dataclass(frozen=True)
class Provenance:
    """How a report was made.

    Attributes:
        date (str): Local time with its offset, ISO 8601, such as '2026-07-01T09:30+02:00'.
        command (str | None): The command line; None from Python.
        versions (dict[str, str]): Of the package, Python and what computes.
        images (str): Where the images come from.
        detectors (dict[str, str]): What each detector is, by label.
        digests (dict[str, dict[str, str]]): Files of the weights of each detector that has some,
            and their SHA-256.
    """

    date: str
    command: str | None
    versions: dict[str, str]
    images: str
    detectors: dict[str, str]
    digests: dict[str, dict[str, str]]

    def to_dict(self) -> dict[str, Any]:
        """The content as plain values, for JSON."""
        return asdict(self)


def provenance(
    named: Mapping[str, DetectorName],
    files: Mapping[str, list[Path]],
    images: str,
    command: str | None = None,
) -> Provenance:
    """Note the time, the versions and the digests.

    Args:
        named (Mapping[str, DetectorName]): The detectors by label.
        files (Mapping[str, list[Path]]): Files of their weights, by label.
        images (str): Where the images come from.
        command (str, optional): The command line. Defaults to None.

    Returns:
        Provenance: The notes.

    Raises:
        OSError: If weights cannot be read.
    """
    kinds = {
        'zoo': 'model of the zoo', 'config': 'config', 'export': 'exported file',
        'classical': 'classical method', 'folder': 'predictions in',
    }  # fmt: skip
    return Provenance(
        datetime.now().astimezone().isoformat(timespec='minutes'),
        command,
        versions(),
        images,
        {label: f'{kinds[name.kind]} {name.path}' for label, name in named.items()},
        {
            label: {file.name: sha256(file) for file in used}
            for label, used in files.items()
            if used
        },
    )
