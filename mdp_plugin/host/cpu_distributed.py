"""Several processes on a machine without an accelerator.

The host assumes CUDA in two places: its launchers select a CUDA device before they form the
process group, and its runner hands ``device_ids`` to DistributedDataParallel, which refuses them
for a model on the CPU. Nothing here has any effect where an accelerator is present.
"""

import atexit
import functools
import gc
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed
from mmengine.device import get_device
from mmengine.dist import utils as host
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import MODEL_WRAPPERS
from torch import nn


def _leave_group() -> None:
    """End gloo's threads before the interpreter ends.

    A thread that still releases the tensors of the last broadcast would ask the interpreter for its
    lock, and abort the process when there is none any more. The group ends its threads when nothing
    refers to it, which the runner's cycles of references do until they are collected.
    """
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
        gc.collect()


def _launch_without_cuda(launch: Callable[..., None]) -> Callable[..., None]:
    """Let one of the host's launchers form a gloo group where there is no accelerator."""

    @functools.wraps(launch)
    def wrapper(backend: str, **kwargs: Any) -> None:
        if get_device() != 'cpu':
            return launch(backend, **kwargs)
        atexit.register(_leave_group)
        set_device = torch.cuda.set_device
        torch.cuda.set_device = lambda device: None
        try:
            return launch('gloo' if backend == 'nccl' else backend, **kwargs)
        finally:
            torch.cuda.set_device = set_device

    return wrapper


def bridge_launchers() -> None:
    """Make ``--launcher pytorch|slurm|mpi`` work without an accelerator; idempotent."""
    for name in ('_init_dist_pytorch', '_init_dist_slurm', '_init_dist_mpi'):
        launch = getattr(host, name)
        if not hasattr(launch, '__wrapped__'):
            setattr(host, name, _launch_without_cuda(launch))


# In the root registry, where the runner looks a wrapper up without the default scope.
@MODEL_WRAPPERS.register_module()
class DeviceAwareDDP(MMDistributedDataParallel):
    """Distributed data parallel that also takes a model on the CPU.

    Args:
        module (nn.Module): The model, on its final device.
        device_ids (list[int], optional): Accelerators of this process; ignored for a model on the
            CPU. Defaults to None.
        **kwargs: Forwarded to :class:`mmengine.model.MMDistributedDataParallel`.
    """

    def __init__(
        self, module: nn.Module, device_ids: list[int] | None = None, **kwargs: Any
    ) -> None:
        if next(module.parameters()).device.type == 'cpu':
            device_ids = None
        super().__init__(module=module, device_ids=device_ids, **kwargs)


bridge_launchers()
