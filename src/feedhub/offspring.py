"""What processes of ours begin with: the little that a parser needs as well, which has no loop."""

from __future__ import annotations

import ctypes
import signal
import sys
from struct import Struct

SIZE = Struct("!Q")  # before each message: how many bytes it has

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15  # prctl.h


def belong(name: str) -> None:
    """Begin as a process of ours: leave signals to the parent, die with it, bear a name of at most 15 characters."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(_PR_SET_NAME, name.encode())
