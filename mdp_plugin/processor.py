"""What the processor of this machine is, without PyTorch."""

import platform
from pathlib import Path

#: Instruction sets that decide the speed of a network, by their flag in /proc/cpuinfo.
_INSTRUCTIONS = {
    'avx2': 'AVX2',
    'avx512f': 'AVX-512',
    'avx512_bf16': 'bfloat16',
    'amx_tile': 'AMX',
    'asimd': 'NEON',
    'asimddp': 'dot products',
    'asimdhp': 'float16',
    'sve': 'SVE',
    'i8mm': 'INT8 products',
    'bf16': 'bfloat16',
}


def cpu_flags() -> set[str]:
    """Instruction sets that Linux lists in /proc/cpuinfo; empty on other systems.

    Returns:
        set[str]: Such as 'avx2' and 'avx512f'.
    """
    info = Path('/proc/cpuinfo')
    lines = info.read_text().splitlines() if info.is_file() else []
    # x86-64 calls them flags, AArch64 features.
    lists = [line.split(':', 1)[1] for line in lines if line.startswith(('flags', 'Features'))]
    return set(' '.join(lists).split())


def instruction_sets() -> list[str]:
    """Instruction sets of this CPU that a reader of a table knows, such as 'AVX-512'."""
    flags = cpu_flags()
    names = [name for flag, name in _INSTRUCTIONS.items() if flag in flags]
    # Every CPU with AVX-512 has AVX2, too.
    return [name for name in names if name != 'AVX2' or 'AVX-512' not in names]


def processor_name() -> str:
    """The processor, or the board where the system calls it by its name, as on ARM."""
    board, info = Path('/proc/device-tree/model'), Path('/proc/cpuinfo')
    if board.is_file():
        return board.read_text().strip('\0 \n')
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(':', 1)[1].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or platform.machine()
