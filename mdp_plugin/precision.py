"""Mixed precision where the processor computes in it, float32 where it would only imitate it."""

import logging
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch
from mmengine.logging import print_log

from .processor import cpu_flags

#: Instruction sets of /proc/cpuinfo that multiply in bfloat16 (x86-64, AArch64).
_BFLOAT16_SETS = {'avx512_bf16', 'amx_bf16', 'avx_ne_convert', 'bf16'}


def native_bfloat16() -> bool:
    """Tell whether this CPU has instructions for bfloat16.

    Without them PyTorch converts every value back and forth: a training step of MDPNet took
    eleven times as long as in float32. Of AVX-512 alone PyTorch says that it supports bfloat16,
    and imitates it; so the processor's own list counts as well, where the system shows it.

    Returns:
        bool: True if bfloat16 is computed natively.
    """
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    flags = cpu_flags()
    return not flags or bool(flags & _BFLOAT16_SETS)


@cache
def _say_float32() -> None:
    """Say once for a process that bfloat16 is replaced."""
    print_log(
        'this CPU has no instructions for bfloat16, so float32 takes its place: imitated, '
        'bfloat16 would take many times as long',
        logger='current',
        level=logging.WARNING,
    )


def mixed_precision(device_type: str, dtype: torch.dtype) -> AbstractContextManager:
    """Autocast to a lower precision, but not to bfloat16 on a CPU that only imitates it.

    Args:
        device_type (str): 'cpu' or 'cuda'.
        dtype (torch.dtype): ``torch.bfloat16`` or ``torch.float16``.

    Returns:
        AbstractContextManager: The autocast context, or one that changes nothing; the latter is
        reported once in the log.
    """
    if device_type == 'cpu' and dtype is torch.bfloat16 and not native_bfloat16():
        _say_float32()
        return nullcontext()
    return torch.autocast(device_type, dtype)
