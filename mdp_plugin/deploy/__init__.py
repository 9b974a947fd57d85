"""Inference without the training framework: the deployment form, export, exported models."""

from .deploy_form import deploy_form
from .detector_graph import DetectorGraph
from .exported_segmentor import ExportedSegmentor
from .exporting import export
from .metadata import ExportMetadata
from .runtime import ExportedDetector, load_exported
from .tiling import predict_tiled

__all__ = [
    'DetectorGraph',
    'ExportMetadata',
    'ExportedDetector',
    'ExportedSegmentor',
    'deploy_form',
    'export',
    'load_exported',
    'predict_tiled',
]
