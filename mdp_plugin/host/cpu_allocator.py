"""Let the C library keep freed memory, which makes training steps on a CPU faster.

A training step frees and takes hundreds of megabytes of feature maps. By default glibc returns
large blocks to the system at once and fetches them anew for the next step; the system clears
every page of them again, and on small networks these page faults take a good part of the time.
PyTorch keeps a cache of its own for CUDA memory, but not for the CPU's.

The settings are those of the environment variables ``MALLOC_ARENA_MAX=1``,
``MALLOC_MMAP_MAX_=0``, ``MALLOC_TRIM_THRESHOLD_`` and ``MALLOC_TOP_PAD_``, made by ``mallopt(3)``
so that nobody has to remember them. The price: a process keeps the memory of its largest step.
"""

import ctypes
import os
import platform

import torch

#: Set to 0 to leave the C library as it is.
ENVIRONMENT_VARIABLE = 'MDP_KEEP_FREED_MEMORY'
#: Parameters of mallopt (malloc.h) and their values.
_SETTINGS = (
    # One arena for all threads: the others hold large blocks outside of the heap. Backward passes
    # run in a thread of their own.
    (-8, 1),  # M_ARENA_MAX
    (-4, 0),  # M_MMAP_MAX: large blocks come from the heap as well
    (-1, -1),  # M_TRIM_THRESHOLD: never give the end of the heap back
    (-2, 256 << 20),  # M_TOP_PAD: grow the heap in few large steps, in bytes
)


def keep_freed_memory() -> bool:
    """Make the C library keep freed memory, where that helps.

    Call it before the first threads start. It has an effect on Linux with glibc and without CUDA,
    unless the environment variable ``MDP_KEEP_FREED_MEMORY`` is ``0``; processes started by
    ``fork`` (workers of data loaders) inherit it.

    Returns:
        bool: Whether the settings were made.
    """
    if os.environ.get(ENVIRONMENT_VARIABLE, '1') == '0' or torch.cuda.is_available():
        return False
    if platform.system() != 'Linux' or platform.libc_ver()[0] != 'glibc':
        return False
    mallopt = ctypes.CDLL(None).mallopt
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    return all(mallopt(parameter, value) == 1 for parameter, value in _SETTINGS)
