"""What a measurement ran on."""

import os
import platform
from pathlib import Path

import torch

from ..precision import cpu_flags

#: Instruction sets that decide the speed of a network, by their flag in /proc/cpuinfo.
_INSTRUCTIONS = {
    'avx2': 'AVX2',
    'avx512f': 'AVX-512',
    'avx512_bf16': 'bfloat16',
    'amx_tile': 'AMX',
    'asimd': 'NEON',
    'sve': 'SVE',
    'bf16': 'bfloat16',
}


def describe_machine(device: str = 'cpu') -> str:
    """Name processor, instruction sets, number of cores and threads, accelerator and torch version.

    Args:
        device (str): Device of the measurement. Defaults to 'cpu'.

    Returns:
        str: One line, e.g. ``Xeon E5 (AVX2, 2 cores, 2 threads), torch 2.6.0``.
    """
    processor = platform.processor() or platform.machine()
    info = Path('/proc/cpuinfo')
    if info.is_file():
        names = [li for li in info.read_text().splitlines() if li.startswith('model name')]
        processor = names[0].split(':', 1)[1].strip() if names else processor
    names = [name for flag, name in _INSTRUCTIONS.items() if flag in cpu_flags()]
    # Every CPU with AVX-512 has AVX2, too.
    sets = ''.join(f'{name}, ' for name in names if name != 'AVX2' or 'AVX-512' not in names)
    text = f'{processor} ({sets}{os.cpu_count()} cores, {torch.get_num_threads()} threads)'
    if device.startswith('cuda'):
        text = f'{torch.cuda.get_device_name(device)}, {text}'
    return f'{text}, torch {torch.__version__}'
