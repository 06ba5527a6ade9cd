"""Child processes, and pickled messages on the line to each: a socket pair that exists from its start on.

So if a child dies or hangs it is clear during which message; and a child ends when its line does.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import Any, Protocol

from feedhub.offspring import SIZE

MOST = 64  # sockets that are handed over
LARGE = 1 << 18  # bytes of a message from which on it is pickled on a thread: 1 ms of the loop's time


class Process(Protocol):
    """A child process that was started."""

    @property
    def exitcode(self) -> int | None:
        """Its exit status; None while it runs."""

    def kill(self) -> None:
        """End it at once."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, for so many seconds at most."""


Started = tuple[Process, socket.socket]  # a process, and our end of the line to it


class _Spawned:
    """A child process that inherits nothing: a new Python."""

    def __init__(self, line: socket.socket):
        command = [sys.executable, "-P", "-m", "feedhub.offspring", str(line.fileno())]
        self._process = subprocess.Popen(  # noqa: S603
            command,
            env=environment(),
            pass_fds=[line.fileno()],
            process_group=0,  # Ctrl-C in a terminal is for us: the child would get it before it can ignore it
        )
        self.kill = self._process.kill

    @property
    def exitcode(self) -> int | None:
        return self._process.poll()

    def join(self, timeout: float | None = None) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)


def environment() -> dict[str, str]:
    """The environment for a child Python, which finds the same modules."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def spawned(work: Callable[..., None], *arguments: object) -> Started:
    """Start a process that runs `work` with its end of a line; returns it and our end.

    On the main thread, as it ends with the thread that started it. Not by multiprocessing: the child would load our
    main module again, and a process of 6 MB would watch over semaphores and shared memory, of which there are none.
    """
    with _ends() as (line, theirs):
        process = _Spawned(theirs)
    with suppress(OSError):  # it has ended already, which its line will tell
        line.sendall(b"".join(framed((work, arguments))))
    return process, line


def forked(work: Callable[..., None], *arguments: object) -> Started:
    """The same by a fork, which shares most memory for good; before there is an event loop or a second thread."""
    if sys.platform != "linux":  # macOS' libraries do not bear it
        return spawned(work, *arguments)
    gc.freeze()  # a garbage collection writes to all objects, which unshares their memory
    with _ends() as (line, theirs):

        def begin() -> None:
            line.close()  # or the line would not end with us
            work(theirs, *arguments)

        process = get_context("fork").Process(target=begin)
        process.start()
    return process, line


@contextmanager
def _ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a new line, ours and that of a child to be started in the context; closed if that fails."""
    line, theirs = socket.socketpair()
    with theirs:
        try:
            yield line, theirs
        except OSError:
            line.close()
            raise


def send_sockets(line: socket.socket, sockets: Sequence[socket.socket]) -> None:
    """Pass sockets to the other side, before anything else is sent."""
    socket.send_fds(line, [b" "], [one.fileno() for one in sockets])


def receive_sockets(line: socket.socket) -> list[socket.socket]:
    """Wait for the sockets that the other side passes; none if it is gone."""
    _, numbers, _, _ = socket.recv_fds(line, 1, MOST)
    return [socket.socket(fileno=number) for number in numbers]


def framed(message: object) -> tuple[bytes, bytes]:
    """A message with its length, to be sent by one call of `writelines`."""
    packed = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return SIZE.pack(len(packed)), packed


async def send(stream: asyncio.StreamWriter, *message: object) -> None:
    """Send a message that ends with a tuple of arguments, pickled on a thread if one is large; raises EOFError."""
    large = any(isinstance(part, bytes) and len(part) > LARGE for part in message[-1])  # type: ignore[attr-defined]
    packed = await asyncio.to_thread(framed, message) if large else framed(message)
    if stream.is_closing():  # the other side ended meanwhile
        raise EOFError
    stream.writelines(packed)
    await stream.drain()


async def received(stream: asyncio.StreamReader) -> Any:
    """The next message; raises EOFError."""
    (size,) = SIZE.unpack(await stream.readexactly(SIZE.size))
    packed = await stream.readexactly(size)
    return await asyncio.to_thread(pickle.loads, packed) if size > LARGE else pickle.loads(packed)  # noqa: S301 - ours
