"""What the results of a detector depend on, so that those of another one are told apart."""

import hashlib
from pathlib import Path
from typing import Any

from ..deploy.runtime import ExportedDetector
from ..version import __version__
from .classical import ClassicalMethod
from .detector import TargetDetector
from .tracking import Tracking


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
    if isinstance(network, ExportedDetector):
        # OpenVINO keeps weights beside its file.
        files = [network.path, network.path.with_suffix('.bin')]
        device = 'cpu'
    elif isinstance(network, ClassicalMethod):
        files, device = [], 'cpu'
        digest.update(network.description.encode())
    else:
        files = [network.weights]
        digest.update(network.description.encode())
        device = str(network.device)
    for file in filter(Path.is_file, files):
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
