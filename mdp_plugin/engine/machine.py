"""What a measurement ran on."""

import os
import platform
from pathlib import Path

import torch


def describe_machine(device: str = 'cpu') -> str:
    """Name processor, number of cores and threads, accelerator and torch version.

    Args:
        device (str): Device of the measurement. Defaults to 'cpu'.

    Returns:
        str: One line, e.g. ``Xeon E5 (2 cores, 2 threads), torch 2.6.0``.
    """
    processor = platform.processor() or platform.machine()
    info = Path('/proc/cpuinfo')
    if info.is_file():
        names = [li for li in info.read_text().splitlines() if li.startswith('model name')]
        processor = names[0].split(':', 1)[1].strip() if names else processor
    text = f'{processor} ({os.cpu_count()} cores, {torch.get_num_threads()} threads)'
    if device.startswith('cuda'):
        text = f'{torch.cuda.get_device_name(device)}, {text}'
    return f'{text}, torch {torch.__version__}'
