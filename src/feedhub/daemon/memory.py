"""What the C library does with memory that was given back: a large document must not be felt long after."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h of glibc
LARGE = 128 * 1024  # bytes; blocks from that size on go back to the system when they are freed
ARENAS = 2  # heaps; glibc takes eight for each core, and what threads leave in them stays


def frugal() -> None:
    """Tell glibc; other C libraries have no such setting, and need none. Saves 11 MB of 157 in a hostile world."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    if sys.platform == "linux":
        for setting, value in ((_TRIM_THRESHOLD, LARGE), (_MMAP_THRESHOLD, LARGE), (_ARENA_MAX, ARENAS)):
            mallopt(setting, value)
