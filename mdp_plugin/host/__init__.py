"""What importing the plugin changes in the host packages.

Every package of the plugin that needs the hosts imports this one before anything else.
"""

from . import compat  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
from . import (
    loading,  # noqa: F401  (registers the loading of pictures and masks)
    safe_loading,  # noqa: F401  (registers the checkpoint loaders)
    strict_loading,  # noqa: F401  (refuses weights of another network)
)
from .cpu_distributed import DeviceAwareDDP

__all__ = ['DeviceAwareDDP']
