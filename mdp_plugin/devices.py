"""Devices of PyTorch, by the names that a user gives."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def find_device(name: str | None = None) -> 'torch.device':
    """Find a device, and see that it computes.

    Args:
        name (str, optional): Such as 'cpu', 'cuda', 'cuda:1' or 'mps'. Defaults to None: the first
            GPU if there is one, else the CPU.

    Returns:
        torch.device: The device.

    Raises:
        ValueError: If this machine has no such device; names those it has.
    """
    import torch

    if name is None:
        return torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')
    there = ['cpu', *(f'cuda:{number}' for number in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        there.append('mps')
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()  # PyTorch knows names of many devices
    except (AssertionError, ImportError, NotImplementedError, RuntimeError) as error:
        raise ValueError(
            f'there is no device "{name}" for PyTorch here; there is {", ".join(there)}'
        ) from error
    return device
