"""How an interpreter is set: what becomes of memory that was given back, how often Python looks for what is out of
reach, how long a thread may compute.
"""

from __future__ import annotations

import ctypes
import gc
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h of glibc
LARGE = 128 * 1024  # bytes; blocks from that size on go back to the system when they are freed
ARENAS = 2  # heaps; glibc takes eight for each core, and what threads leave in them stays
SWITCH = 0.001  # seconds after which a thread that computes lets another go on: the loop waits for it at each packet,
# and so does the writer after each statement; Python's 5 ms made a reload of 10,000 sources hold both up for seconds.
# At a fifth of it three busy threads lose more by their turns than they gain: 100 pushes a second take half as long
# again to be served.
YOUNG = 20_000  # objects that come before the young ones are looked through, a millisecond; Python's own 700 soon do


def frugal(large: int = LARGE) -> None:
    """Tell glibc, that a large document is not felt long after: saves 11 MB of 157 in a hostile world.

    Other C libraries have no such setting, and need none.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    if sys.platform == "linux":
        for setting, value in ((_TRIM_THRESHOLD, large), (_MMAP_THRESHOLD, large), (_ARENA_MAX, ARENAS)):
            mallopt(setting, value)


def loading() -> None:
    """Look for no garbage for now: nearly all that a start makes stays. `unhurried` ends that."""
    gc.disable()


def unhurried() -> None:
    """Let the collector of cycles pass over what is there now, and look seldom: all threads wait for it meanwhile.

    A look through everything held up served feeds for 40 to 200 ms. Most of what polls leave behind goes without it.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(YOUNG, 10, 10)


def taking_turns() -> None:
    """Let threads take turns more often than Python does by itself."""
    sys.setswitchinterval(SWITCH)
