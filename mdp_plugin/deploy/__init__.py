"""Running exported detectors: NumPy and a backend, neither PyTorch nor OpenMMLab.

Exporting, which needs both, is in :mod:`mdp_plugin.export`.
"""

from .exported_detector import ExportedDetector
from .metadata import ExportMetadata
from .runtime import load_exported
from .tiling import predict_tiled

__all__ = ['ExportMetadata', 'ExportedDetector', 'load_exported', 'predict_tiled']
