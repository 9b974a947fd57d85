"""From a segmentor to a file that :mod:`mdp_plugin.deploy` runs; needs PyTorch and OpenMMLab."""
