"""Mixed precision by bfloat16, on CPUs as well as on GPUs."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from mmseg.registry import OPTIM_WRAPPERS
from torch import nn

from ...precision import mixed_precision


@OPTIM_WRAPPERS.register_module()
class Bf16OptimWrapper(OptimWrapper):
    """Optimizer wrapper whose forward pass runs under bfloat16 autocast.

    The host's ``AmpOptimWrapper`` refuses to run without an accelerator. bfloat16 has float32's
    range of exponents, so no gradient scaler is needed, and CPUs can compute with it. Weights,
    gradients and optimizer state stay in float32: a checkpoint can be resumed with or without
    mixed precision. A CPU without instructions for bfloat16 trains in float32 and says so, see
    :func:`mdp_plugin.precision.mixed_precision`.

    Args:
        **kwargs: Forwarded to :class:`mmengine.optim.OptimWrapper`.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Run the enclosed forward pass in mixed precision.

        Args:
            model (nn.Module): The model to train; its first parameter tells the device type.
        """
        device_type = next(model.parameters()).device.type
        with (
            super().optim_context(model),
            mixed_precision(device_type, torch.bfloat16),
        ):
            yield
