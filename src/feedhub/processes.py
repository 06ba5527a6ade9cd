"""Processes of our own, and what is said to them: pickled messages, over a line that each has to its parent.

A process has one line from its start on. Where it dies or hangs it is clear over what, and it ends when the line does.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
import socket
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

from feedhub.offspring import SIZE

LARGE = 1 << 18  # bytes of a message that is packed and unpacked aside: 1 ms of the loop's time


def spawned(work: Callable[..., None], *arguments: object) -> tuple[BaseProcess, socket.socket]:
    """Start a process that does `work` with its end of a line; returns it and our end.

    On the main thread: it ends with the thread that made it.
    """
    line, theirs = socket.socketpair()
    with theirs:
        try:
            # spawn: a forked child would fire the parent's signal handlers.
            process = multiprocessing.get_context("spawn").Process(target=work, args=(theirs, *arguments))
            process.start()
        except OSError:
            line.close()
            raise
    return process, line


def framed(message: object) -> tuple[bytes, bytes]:
    """A message as it is sent: in one call of the system, by `writelines`."""
    packed = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return SIZE.pack(len(packed)), packed


async def send(stream: asyncio.StreamWriter, *message: object) -> None:
    """Send what ends with a tuple of arguments, packed aside where one of them is large; raises EOFError."""
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
