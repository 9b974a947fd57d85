"""What the machine can do at most: multiply-adds and memory bandwidth, measured."""

import time
from collections.abc import Callable

import torch

#: Side of the matrices that are multiplied, and seconds for each figure.
SIDE, SECONDS = 1536, 1.0


def _best(function: Callable[[], object]) -> float:
    """Shortest time of a call within :data:`SECONDS`."""
    function()
    best, end = float('inf'), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def measure_limits(threads: int) -> dict[str, float]:
    """Measure the limits of the CPU.

    Args:
        threads (int): Threads to use.

    Returns:
        dict[str, float]: Billions of multiply-adds a second in matrix products of float32
        (``f32_gmacs``), bfloat16 (``bf16_gmacs``) and int8 (``int8_gmacs``, left out where torch
        has none), and billions of bytes a second, read and written, of copying arrays as large
        as feature maps (``map_gbytes``, 2 MiB, in the caches) and larger than every cache
        (``memory_gbytes``, 1 GiB).
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        macs = SIDE**3 / 1e9
        a, b = torch.randn(2, SIDE, SIDE)
        limits = {'f32_gmacs': macs / _best(lambda: a @ b)}
        c, d = a.bfloat16(), b.bfloat16()
        limits['bf16_gmacs'] = macs / _best(lambda: c @ d)
        if hasattr(torch, '_int_mm'):
            e, f = a.to(torch.int8), b.to(torch.int8)
            limits['int8_gmacs'] = macs / _best(lambda: torch._int_mm(e, f))
        for name, size in (('map_gbytes', 2**21), ('memory_gbytes', 2**30)):
            source = torch.zeros(size // 4)
            target = torch.empty_like(source)
            limits[name] = 2 * size / 1e9 / _best(lambda s=source, t=target: t.copy_(s))
        return limits
    finally:
        torch.set_num_threads(before)
