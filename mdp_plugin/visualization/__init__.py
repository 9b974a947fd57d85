"""Visualizers of the plugin; importing this package registers them in mmseg."""

from .. import host  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
from .irstd_visualizer import IRSTDVisualizer

__all__ = ['IRSTDVisualizer']
