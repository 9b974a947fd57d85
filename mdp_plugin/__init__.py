"""MDPNet for MMSegmentation: importing this package registers all of its modules."""

from . import (  # noqa: F401
    compat,  # noqa: F401  (first: it checks and bridges the host packages)
    datasets,
    engine,
    evaluation,
    models,
)
from .version import __version__

__all__ = ['__version__']
