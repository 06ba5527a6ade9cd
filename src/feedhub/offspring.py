"""How child processes begin. It is kept small for parsers, which have no event loop."""

from __future__ import annotations

import ctypes
import pickle
import signal
import socket
import sys
from contextlib import suppress
from struct import Struct
from typing import Any

SIZE = Struct("!Q")  # before each message: how many bytes it has

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15  # prctl.h


def set_up_child(name: str) -> None:
    """Set up a child process: ignore the signals that the parent handles, die with it, take a name (15 characters)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(_PR_SET_NAME, name.encode())


def receive(line: socket.socket) -> Any:
    """The parent's next message, and no byte beyond it; raises EOFError if the parent has ended."""
    if not (head := line.recv(SIZE.size, socket.MSG_WAITALL)):
        raise EOFError
    (size,) = SIZE.unpack(head)
    return pickle.loads(line.recv(size, socket.MSG_WAITALL))  # noqa: S301 - from the parent


def _begin(line: socket.socket) -> None:
    """Run the work in the first message from the parent; nothing if it has ended."""
    try:
        work, arguments = receive(line)
    except EOFError:
        return
    work(line, *arguments)


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        _begin(socket.socket(fileno=int(sys.argv[1])))
