"""What the results of a detector depend on, so that those of another one are told apart."""

import hashlib
from pathlib import Path
from typing import Any

from ..deploy.runtime import ExportedDetector
from ..version import __version__
from .classical import ClassicalMethod
from .detector import TargetDetector
from .tracking import Tracking


def weight_files(detector: TargetDetector) -> list[Path]:
    """The files that hold a detector's weights; of a classical method there is none."""
    network = detector.network
    if isinstance(network, ClassicalMethod):
        return []
    if isinstance(network, ExportedDetector):
        # OpenVINO keeps weights beside its file.
        return list(filter(Path.is_file, [network.path, network.path.with_suffix('.bin')]))
    return [network.weights]


def settings_of(detector: TargetDetector, tracking: Tracking | None = None) -> dict[str, Any]:
    """Describe a detector: equal descriptions give equal results for equal files.

    Args:
        detector (TargetDetector): The detector.
        tracking (Tracking, optional): How its targets are followed. Defaults to None: not at all.

    Returns:
        dict[str, Any]: Plain values; ``network`` is a digest of the network and its weights, so
        that a file which is replaced by another one of its name is noticed.

    Raises:
        ImportError: If targets are to be followed, and the library for it is not installed.
        OSError: If the weights cannot be read.
    """
    network = detector.network
    digest = hashlib.sha256()
    device = 'cpu'
    if not isinstance(network, ExportedDetector):
        digest.update(network.description.encode())
    if not isinstance(network, (ExportedDetector, ClassicalMethod)):
        device = str(network.device)
    for file in weight_files(detector):
        digest.update(file.read_bytes())
    ignored = detector.levels.ignored
    return {
        'version': __version__,
        'model': detector.name,
        'network': digest.hexdigest()[:16],
        'backend': type(network).__name__,
        'device': device,
        'precision': detector.precision,
        'threshold': detector.threshold,
        'confidence': detector.confidence and list(detector.confidence),
        **detector.levels.to_dict(),
        'tracking': tracking and tracking.describe(),
        'ignored': None if ignored is None else hashlib.sha256(ignored.tobytes()).hexdigest()[:16],
    }
