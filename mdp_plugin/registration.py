"""Importing this module registers all modules of the plugin in mmseg, as every config does."""

from . import host  # noqa: F401  (first: it checks and bridges the host packages)

# isort: split
from . import datasets, engine, models, visualization  # noqa: F401
from .evaluation import metrics  # noqa: F401
from .export import exported_segmentor  # noqa: F401
