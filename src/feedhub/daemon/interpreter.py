"""Settings of the interpreter: freed memory, the garbage collector, switches between threads."""

from __future__ import annotations

import ctypes
import gc
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h of glibc
LARGE = 128 * 1024  # bytes; blocks from that size on go back to the system when they are freed
ARENAS = 2  # heaps; glibc takes eight for each core, and what threads leave in them stays
# Seconds after which a computing thread lets another go on. The loop waits for it at each packet, and so does the
# writer after each statement: with Python's 5 ms a reload of 10,000 sources held both up for seconds. With 0.2 ms three
# busy threads lose more by switching than they gain: serving 100 pushes a second takes half as long again.
SWITCH = 0.001
YOUNG = 20_000  # new objects before the young generation is collected, which takes a millisecond; Python's default: 700


def return_memory(large: int = LARGE) -> None:
    """Have glibc return large blocks to the system when they are freed: saves 11 MB of 157 after hostile documents.

    Other C libraries have no such setting, and need none.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    if sys.platform == "linux":
        for setting, value in ((_TRIM_THRESHOLD, large), (_MMAP_THRESHOLD, large), (_ARENA_MAX, ARENAS)):
            mallopt(setting, value)


def collect_nothing() -> None:
    """Switch the garbage collector off while modules are loaded, as nearly all of it stays; see `collect_seldom`."""
    gc.disable()


def collect_seldom() -> None:
    """Exempt all present objects from garbage collection, and collect others seldom: all threads wait meanwhile.

    A full collection held up served feeds for 40 to 200 ms. Polls leave hardly any cycles behind.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(YOUNG, 10, 10)


def switch_often() -> None:
    """Switch between threads more often than Python does by default."""
    sys.setswitchinterval(SWITCH)
