"""How commands reach a running daemon: JSON lines over a Unix socket beside the database.

A request is one line, `{"do": "poll", "sources": ["nhk"]}`; the answer is any number of `{"report": …}` lines
and one last line, `{"done": …}` or `{"error": "…"}`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from feedhub.errors import ControlError, FeedhubError

LONGEST = 100  # bytes of a socket's path; Linux takes 107, macOS 103
LINE = 1 << 20  # bytes of one request or answer

Answer = dict[str, Any]
Handler = Callable[[Answer], AsyncIterator[Answer]]


def socket_path(database: Path) -> Path:
    """The socket's path: beside the database, or in the temporary directory if that path is too long for a socket."""
    beside = database.absolute().with_name(database.name + ".sock")
    if len(os.fsencode(beside)) <= LONGEST:
        return beside
    short = hashlib.blake2b(os.fsencode(beside), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"feedhub-{os.getuid()}-{short}.sock"


@asynccontextmanager
async def served(path: Path, handler: Handler) -> AsyncIterator[None]:
    """Answer requests while the context is open; the socket is the owner's alone."""
    path.unlink(missing_ok=True)  # left by a process that was killed: the write lock says nobody else is there

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async for answer in _answers(reader, handler):
                if writer.is_closing():
                    return
                writer.write(orjson.dumps(answer) + b"\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the command was stopped; what it asked for goes on
        finally:
            writer.close()

    umask = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(connected, path, limit=LINE)
    finally:
        os.umask(umask)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _answers(reader: asyncio.StreamReader, handler: Handler) -> AsyncIterator[Answer]:
    try:
        request = orjson.loads(await reader.readline())
        if not isinstance(request, dict):
            raise ControlError("a request is a JSON object")
        async for answer in handler(request):
            yield answer
    except (FeedhubError, ValueError, OSError) as error:
        yield {"error": str(error)}


def ask(database: Path, request: Answer) -> Iterator[Answer] | None:
    """Ask the daemon that writes `database`; None if none is running. Raises ControlError if it refuses."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(socket_path(database)))
    except OSError:
        connection.close()
        return None
    connection.sendall(orjson.dumps(request) + b"\n")
    return _lines(connection)


def _lines(connection: socket.socket) -> Iterator[Answer]:
    with connection, connection.makefile("rb") as file:
        for line in file:
            answer: Answer = orjson.loads(line)
            if "error" in answer:
                raise ControlError(answer["error"])
            yield answer
            if "done" in answer:
                return
    raise ControlError("the daemon ended before it had answered")
