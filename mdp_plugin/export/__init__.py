"""From a segmentor to a file that :mod:`mdp_plugin.deploy` runs; needs PyTorch and OpenMMLab."""

from .. import host  # noqa: F401  (first: it checks and bridges the hosts)
