"""Importing this module registers all modules of the plugin in mmseg, as every config does."""

from . import (  # noqa: F401
    compat,  # (first: it checks and bridges the host packages)
    datasets,
    engine,
    models,
)
from .deploy import exported_segmentor  # noqa: F401
from .evaluation import metrics  # noqa: F401
