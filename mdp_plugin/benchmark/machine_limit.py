"""What the machine can do at most: multiply-adds and memory bandwidth, measured."""

import time
from collections.abc import Callable
from functools import partial

import torch

#: Side of the matrices that are multiplied, channels and side of the maps that are convolved, and
#: seconds for each figure.
SIDE, CHANNELS, MAP_SIDE, SECONDS = 1536, 256, 64, 1.0


def _best(function: Callable[[], object]) -> float:
    """Shortest time of a call within :data:`SECONDS`."""
    function()
    best, end = float('inf'), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def _float_gmacs(dtype: torch.dtype) -> float:
    """Billions of multiply-adds a second, of a matrix product or of a convolution.

    Which one is faster depends on the machine: on some CPUs torch's library of matrix products
    takes a path of half their speed, and its library of convolutions does not.
    """
    a, b = torch.randn(2, SIDE, SIDE).to(dtype)
    product = SIDE**3 / _best(lambda: a @ b)
    maps = torch.randn(1, CHANNELS, MAP_SIDE, MAP_SIDE).to(dtype, memory_format=torch.channels_last)
    kernel = torch.randn(CHANNELS, CHANNELS, 3, 3).to(dtype, memory_format=torch.channels_last)
    with torch.inference_mode():
        seconds = _best(lambda: torch.nn.functional.conv2d(maps, kernel, padding=1))
    return max(product, 9 * CHANNELS**2 * MAP_SIDE**2 / seconds) / 1e9


def measure_limits(threads: int) -> dict[str, float]:
    """Measure the limits of the CPU.

    Args:
        threads (int): Threads to use.

    Returns:
        dict[str, float]: Billions of multiply-adds a second in matrix products or convolutions,
        whichever are faster, of float32 (``f32_gmacs``) and bfloat16 (``bf16_gmacs``), and in
        matrix products of int8 (``int8_gmacs``, left out where torch has none), and billions of
        bytes a second, read and written, of copying arrays as large as feature maps
        (``map_gbytes``, 2 MiB, in the caches) and larger than every cache (``memory_gbytes``,
        1 GiB).
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        limits = {
            'f32_gmacs': _float_gmacs(torch.float32),
            'bf16_gmacs': _float_gmacs(torch.bfloat16),
        }
        if hasattr(torch, '_int_mm'):
            a, b = torch.randn(2, SIDE, SIDE).to(torch.int8)
            limits['int8_gmacs'] = SIDE**3 / 1e9 / _best(lambda: torch._int_mm(a, b))
        for name, size in (('map_gbytes', 2**21), ('memory_gbytes', 2**30)):
            source = torch.zeros(size // 4)
            target = torch.empty_like(source)
            limits[name] = 2 * size / 1e9 / _best(partial(target.copy_, source))
        return limits
    finally:
        torch.set_num_threads(before)
