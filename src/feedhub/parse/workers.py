"""The parent's side: documents are parsed in child processes, so that none holds up the loop or takes it down.

A child has one document at a time and a line of its own to the parent: where it dies or hangs, it is clear over which.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from weakref import finalize

from feedhub.model import Outline, ParsedFeed, ParseFailure, Source
from feedhub.parse import child
from feedhub.parse.contents import Reading
from feedhub.processes import LARGE, Process, received, send, spawned

if TYPE_CHECKING:
    from feedhub.dedup.case import Prepared
    from feedhub.model import Item

T = TypeVar("T")

WALL = timedelta(seconds=10)  # for one document; the slowest real one of 5,000 took half a second
MEMORY = 176 << 20  # bytes that a child may take for a document, beyond the 60 MB of its own: below 256 MB in all
GRACE = 5.0  # seconds beyond WALL after which a child that hears no signal is killed
STARTS = 60.0  # seconds in which a child must be up; half a second where the machine has nothing else to do
RECYCLED = 2_500  # documents after which a child is replaced: feedparser's memory grows with use
CHILDREN = 2  # that a document may take down before it is at fault


class ParserClosed(Exception):
    """Nothing is parsed any more."""


class ChildLost(Exception):
    """A child died over its document, or hung."""


class ParserPool:
    """Child processes that parse; replaced when one dies, and now and then."""

    def __init__(self, workers: int, *, wall: timedelta = WALL, memory: int = MEMORY):
        self._workers, self._wall, self._memory = workers, wall.total_seconds(), memory
        self._children: set[_Child] = set()
        self._idle: asyncio.LifoQueue[_Child] = asyncio.LifoQueue()  # the last one used has what it needs at hand
        self._closed = False

    def start(self) -> None:
        """Start the children; on the main thread, as they end with the thread that made them."""
        for _ in range(self._workers):
            self._idle.put_nowait(self._fresh())

    def close(self) -> None:
        """End the children; calls that still wait for them raise ParserClosed."""
        self._closed = True
        for one in self._children:
            one.end()

    async def parse(
        self, body: bytes, *, content_type: str | None, url: str, timezone: str
    ) -> ParsedFeed | ParseFailure:
        """Parse one document."""
        return await self._run(child.parse, body, content_type, url, timezone)

    async def read(
        self, body: bytes, *, content_type: str | None, url: str, source: Source, now: datetime, known: Outline
    ) -> Reading | ParseFailure:
        """Parse one document and prepare what is not `known` of its items."""
        return await self._run(child.read, body, content_type, url, source, now, known)

    async def with_article(
        self, item: Item, body: bytes, *, content_type: str | None, url: str, agency: str | None
    ) -> Prepared | ParseFailure:
        """The item with the text of its page, where that is the fuller one."""
        return await self._run(child.with_article, item, body, content_type, url, agency)

    async def _run(self, work: Callable[..., T | ParseFailure], *arguments: object) -> T | ParseFailure:
        """Have a child do the work; where that child is lost, another one."""
        for _ in range(CHILDREN):
            one = await self._idle.get()
            try:
                one = self._fit(one)
                return await one.answer(work, (*arguments, self._wall), self._wall + GRACE)
            except ChildLost:
                continue
            finally:
                self._idle.put_nowait(one)
        return ParseFailure(kind="parse-limit", message="the parser broke down over this document")

    def _fit(self, one: _Child) -> _Child:
        """The child to use next in this one's place, mostly itself. Raises ParserClosed."""
        if self._closed:
            raise ParserClosed
        if one.lives and one.documents < RECYCLED:
            return one
        one.end()
        self._children.discard(one)
        return self._fresh()

    def _fresh(self) -> _Child:
        one = _Child(self._memory)
        self._children.add(one)
        return one


class _Child:
    """One process, and the line to it. It ends with this object at the latest."""

    def __init__(self, memory: int):
        self.documents = 0
        process, self._line = spawned(child.serve, memory)
        self._kill = finalize(self, _kill, process, self._line)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def lives(self) -> bool:
        """Whether the child is alive, as far as is known."""
        ended = self._streams is not None and self._streams[0].at_eof()  # its end of the line was closed
        return self._kill.alive and not ended

    def end(self) -> None:
        """End it at once, whatever it does."""
        if self._streams:
            self._streams[1].transport.abort()
        self._kill()

    async def answer(self, work: Callable[..., T], arguments: tuple[object, ...], patience: float) -> T:
        """What comes of `work` there; ChildLost where nothing does for so many seconds. A call given up ends it."""
        self.documents += 1
        try:
            if self._streams is None:  # on a busy machine a start takes longer than a document may
                async with asyncio.timeout(STARTS):
                    self._streams = await asyncio.open_connection(sock=self._line, limit=LARGE)
                    await received(self._streams[0])
            async with asyncio.timeout(patience):
                await send(self._streams[1], work, arguments)
                answer: T = await received(self._streams[0])
                return answer
        except (EOFError, OSError, TimeoutError) as lost:
            self.end()
            raise ChildLost from lost
        except BaseException:
            self.end()
            raise


def _kill(process: Process, line: socket.socket) -> None:
    process.kill()  # what it was told to ignore is SIGTERM
    process.join()
    line.close()
