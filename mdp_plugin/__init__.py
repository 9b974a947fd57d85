"""MDPNet for MMSegmentation: importing this package registers all of its modules."""

from . import compat  # noqa: F401  (first: it checks and bridges the host packages)
from . import datasets, engine, evaluation, models  # noqa: F401
from .version import __version__

__all__ = ['__version__']
