"""The parent's side: documents are parsed in child processes, so that none holds up the loop or takes it down."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

from feedhub.model import Known, ParsedFeed, ParseFailure, Source
from feedhub.parse import child

if TYPE_CHECKING:
    from feedhub.dedup.place import Prepared
    from feedhub.model import Item
    from feedhub.parse.reading import Reading

T = TypeVar("T")

WALL = timedelta(seconds=10)  # for one document; the slowest real one of 5,000 took half a second
MEMORY = 176 << 20  # bytes that a child may take for a document, beyond the 60 MB of its own: below 256 MB in all
GRACE = 5.0  # seconds beyond WALL after which a child that hears no signal is killed
STARTS = 60.0  # seconds in which a child must be up; half a second where the machine has nothing else to do
RECYCLED = 5_000  # documents after which the children are replaced: feedparser's memory grows with use


class ParserPool:
    """Child processes that parse; replaced when one dies, and now and then."""

    def __init__(self, workers: int, *, wall: timedelta = WALL, memory: int = MEMORY):
        self._workers, self._wall, self._memory = workers, wall.total_seconds(), memory
        self._pool: ProcessPoolExecutor | None = None
        self._calls: Counter[ProcessPoolExecutor] = Counter()  # that wait for a pool's answer
        self._starting: WeakKeyDictionary[ProcessPoolExecutor, Future[None]] = WeakKeyDictionary()
        self._parsed = 0
        self._alone = asyncio.Lock()
        self._suspects = 0  # documents that were under way when a child died
        self._cell: ProcessPoolExecutor | None = None  # one child, in which these prove themselves one by one

    def start(self) -> None:
        """Start the children; on the main thread, as they end with the thread that made them."""
        self._pool = self._fresh(self._workers)

    def close(self) -> None:
        """End the children; calls that still wait for them raise BrokenProcessPool."""
        pool, self._pool = self._pool, None
        for children in {*self._calls, *([pool] if pool else ())}:
            _kill(children)
        self._release_cell()

    async def parse(
        self, body: bytes, *, content_type: str | None, url: str, timezone: str
    ) -> ParsedFeed | ParseFailure:
        """Parse one document."""
        return await self._run(child.parse, body, content_type, url, timezone)

    async def read(
        self, body: bytes, *, content_type: str | None, url: str, source: Source, now: datetime, known: Sequence[Known]
    ) -> Reading | ParseFailure:
        """Parse one document and prepare what is not `known` of its items."""
        return await self._run(child.read, body, content_type, url, source, now, known)

    async def with_article(
        self, item: Item, body: bytes, *, content_type: str | None, url: str, agency: str | None
    ) -> Prepared | ParseFailure:
        """The item with the text of its page, where that is the fuller one."""
        return await self._run(child.with_article, item, body, content_type, url, agency)

    async def _run(self, work: Callable[..., T | ParseFailure], *arguments: object) -> T | ParseFailure:
        """Work in a child. Where one dies, its documents are tried again, each alone."""
        assert self._pool, "start() first"
        pool = self._recycled()
        try:
            return await self._in(pool, work, *arguments)
        except (BrokenProcessPool, TimeoutError):
            if pool is self._pool:
                self._pool = self._fresh(self._workers)
            _kill(pool)
        self._suspects += 1
        try:
            async with self._alone:  # whoever of them is at fault, it proves it now without a neighbour
                return await self._in_cell(work, *arguments)
        finally:
            self._suspects -= 1
            if not self._suspects:
                self._release_cell()

    async def _in_cell(self, work: Callable[..., T | ParseFailure], *arguments: object) -> T | ParseFailure:
        if self._pool is None:
            raise BrokenProcessPool("the parser was closed")
        self._cell = self._cell or self._fresh(1)
        try:
            return await self._in(self._cell, work, *arguments)
        except (BrokenProcessPool, TimeoutError):
            self._release_cell()
            if self._pool is None:
                raise
            return ParseFailure(kind="parse-limit", message="the parser broke down over this document")

    def _release_cell(self) -> None:
        if self._cell:
            _kill(self._cell)
            self._cell = None

    async def _in(
        self, pool: ProcessPoolExecutor, work: Callable[..., T | ParseFailure], *arguments: object
    ) -> T | ParseFailure:
        self._calls[pool] += 1
        try:
            if not (up := self._starting[pool]).done():  # on a busy machine a start takes longer than a document may
                await _answer(up, STARTS)
            return await _answer(pool.submit(work, *arguments, self._wall), self._wall + GRACE)
        except MemoryError:  # the child could read the document, and had no room left to send what it found
            return child.NO_MEMORY
        finally:
            self._calls[pool] -= 1
            self._leave(pool)

    def _leave(self, pool: ProcessPoolExecutor) -> None:
        """End the children of a replaced pool, once nobody waits for them."""
        if pool not in (self._pool, self._cell) and not self._calls[pool]:
            del self._calls[pool]
            _kill(pool)

    def _recycled(self) -> ProcessPoolExecutor:
        """The children, fresh ones after many documents; the old ones finish what they have."""
        assert self._pool
        self._parsed += 1
        if self._parsed % RECYCLED == 0:
            old, self._pool = self._pool, self._fresh(self._workers)
            self._leave(old)
        return self._pool

    def _fresh(self, workers: int) -> ProcessPoolExecutor:
        """New children. spawn: a forked child would fire the parent's signal handlers."""
        pool = ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), initializer=child.begin, initargs=(self._memory,)
        )
        self._starting[pool] = [pool.submit(child.ready) for _ in range(workers)][-1]
        return pool


async def _answer(parsing: Future[T], patience: float) -> T:
    """What the child answers; TimeoutError when it is at work for longer than `patience`, in seconds.

    One look more, because the executor calls a document running that waits behind another.
    """
    answer = asyncio.wrap_future(parsing)
    answer.add_done_callback(lambda done: done.cancelled() or done.exception())  # else asyncio logs what none awaits
    overdue = 0
    while not (await asyncio.wait({answer}, timeout=patience))[0]:
        overdue = overdue + 1 if parsing.running() else 0
        if overdue > 1:
            raise TimeoutError
    return answer.result()


def _kill(pool: ProcessPoolExecutor) -> None:
    """End a pool's processes at once: what they were told to ignore is SIGTERM.

    Its other calls then see a broken pool. They are not cancelled: that looks like their caller's own
    cancellation, and the executor's thread dies over a cancelled call when a child is lost.
    """
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(wait=False)
