"""What a measurement ran on."""

import os

import torch

from ..processor import instruction_sets, processor_name
from ..wording import counted


def describe_machine(device: str = 'cpu') -> str:
    """Name processor, instruction sets, number of cores and threads, accelerator and torch version.

    Args:
        device (str): Device of the measurement. Defaults to 'cpu'.

    Returns:
        str: One line, e.g. ``Xeon E5 (AVX2, 2 cores, 2 threads), torch 2.6.0``.
    """
    sets = ''.join(f'{name}, ' for name in instruction_sets())
    cores = counted(os.cpu_count() or 1, 'core')
    threads = counted(torch.get_num_threads(), 'thread')
    text = f'{processor_name()} ({sets}{cores}, {threads})'
    if device.startswith('cuda'):
        text = f'{torch.cuda.get_device_name(device)}, {text}'
    return f'{text}, torch {torch.__version__}'
