"""What training, testing and the tools need besides data, models and metrics."""

from .. import host  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
from . import hooks, optimizers, schedulers  # noqa: F401  (registers them)
