"""The process that serves: it answers readers and renders feeds from the database, and asks the daemon for the rest.

`front` is the daemon's side of it. It sends statements (a method of `Desk` with its arguments) and answers to questions
(each with the question's number). They are read in order, so whoever has an answer also sees what it changed.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import uvloop

from feedhub import logs
from feedhub.daemon.clock import now
from feedhub.daemon.desk import Ask, Desk
from feedhub.daemon.interpreter import collect_seldom, return_memory, switch_often
from feedhub.logs import event
from feedhub.model import Settings
from feedhub.processes import LARGE, receive_sockets, received, send
from feedhub.web.app import application
from feedhub.web.metrics import Metrics
from feedhub.web.output import Output, writing
from feedhub.web.server import address, served_on

log = logging.getLogger(__name__)

SIGNS = 5.0  # seconds between signs of life
FILES = 2.0  # seconds between two looks for files to be written
FEED = 1 << 20  # bytes; getting new pages from the system for each feed took a seventh of this process's CPU


def serve(line: socket.socket, known: Settings | None) -> None:
    """Serve on the sockets that the daemon passes, until it stops or is gone; `known` is the first configuration."""
    return_memory(FEED)
    switch_often()
    places = receive_sockets(line)
    if not places:  # the daemon could not start
        return
    try:
        uvloop.run(_serve(line, places, known))
    except Exception as error:
        event(log, "web.failed", level=logging.ERROR, error=error)
        sys.exit(1)


async def _serve(line: socket.socket, places: Sequence[socket.socket], known: Settings | None) -> None:
    reader, writer = await asyncio.open_connection(sock=line, limit=LARGE)
    daemon = DaemonClient(writer)
    try:
        said, problems = await received(reader)
    except EOFError:  # the daemon is gone
        return
    settings = said or known
    assert settings is not None
    logs.configure(settings.log_format)
    desk = Desk(settings, settings.database, daemon.ask)
    desk.reject(problems)
    listening = asyncio.create_task(daemon.listen(reader, desk))
    app = application(desk, Metrics(), now, Inbox(daemon.ask, desk))
    async with served_on(app, places), writing(desk, address(places[0])) as files, _at_work(writer, files):
        collect_seldom()
        await daemon.closed.wait()
    listening.cancel()
    await desk.close()


class DaemonClient:
    """Asks the daemon questions, and carries out its statements."""

    def __init__(self, stream: asyncio.StreamWriter):
        self._stream = stream
        self._numbers, self._asked = count(), dict[int, asyncio.Future[Any]]()
        self.closed = asyncio.Event()

    async def ask(self, what: str, *arguments: object) -> Any:
        """Ask the daemon something and wait for the answer; raises what it raised there."""
        number, answer = next(self._numbers), asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            await send(self._stream, number, what, arguments)
            return await answer
        finally:
            del self._asked[number]

    async def listen(self, stream: asyncio.StreamReader, desk: Desk) -> None:
        """Carry out statements and take answers from the daemon until the line closes."""
        try:
            while True:
                match await received(stream):
                    case None:
                        self.closed.set()
                    case (int(number), answer, error):
                        self._answered(number, answer, error)
                    case (statement, *arguments):
                        statement(desk, *arguments)
        except (EOFError, OSError):  # the daemon was killed
            pass
        finally:
            self.closed.set()

    def _answered(self, number: int, answer: object, error: Exception | None) -> None:
        waiting = self._asked.get(number)  # unless it was given up
        if waiting and not waiting.done():
            if error:
                waiting.set_exception(error)
            else:
                waiting.set_result(answer)


class Inbox:
    """Implements `web.callback.Inbox` by asking the daemon; how much it expects is asked once, not at each delivery."""

    def __init__(self, ask: Ask, desk: Desk):
        self._ask, self._desk = ask, desk
        self._expected: dict[str, int] = {}
        self._by = desk.settings  # the configuration in force at that time

    async def expect(self, key: str) -> int | None:
        """How many bytes may be delivered."""
        if self._by is not self._desk.settings:
            self._expected, self._by = {}, self._desk.settings
        if key not in self._expected:
            limit: int | None = await self._ask("expect", key)
            if limit is None:
                return None
            self._expected[key] = limit
        return self._expected[key]

    async def take(self, key: str, body: bytes, content_type: str | None, signature: str) -> bool:
        """Hand a delivery on; after one that was refused, ask again what is expected."""
        taken: bool = await self._ask("take", key, body, content_type, signature)
        if not taken:
            self._expected.pop(key, None)
        return taken

    async def verify(self, key: str, query: Mapping[str, str]) -> str | None:
        """Pass a hub's question on."""
        challenge: str | None = await self._ask("verify", key, dict(query))
        return challenge


@asynccontextmanager
async def _at_work(stream: asyncio.StreamWriter, files: Output) -> AsyncIterator[None]:
    """While the context is open, send the daemon signs of life, and write files."""
    tasks = asyncio.create_task(_tell(stream)), asyncio.create_task(_write(files))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def _tell(stream: asyncio.StreamWriter) -> None:
    while True:
        await send(stream, ())  # the first one says that it serves
        await asyncio.sleep(SIGNS)


async def _write(files: Output) -> None:
    while True:
        await files.write()
        await asyncio.sleep(FILES)
