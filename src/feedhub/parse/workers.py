"""The parent's side: documents are parsed in child processes, so that none holds up the loop or takes it down."""

from __future__ import annotations

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta

from feedhub.model import ParsedFeed, ParseFailure
from feedhub.parse import child

WALL = timedelta(seconds=10)  # for one document; the slowest real one of 5,000 took half a second
MEMORY = 1 << 29  # bytes of address space of one child
GRACE = 5.0  # seconds beyond WALL after which a child that hears no signal is killed
RECYCLED = 5_000  # documents after which the children are replaced: feedparser's memory grows with use


class ParserPool:
    """Child processes that parse; replaced when one dies, and now and then."""

    def __init__(self, workers: int, *, wall: timedelta = WALL, memory: int = MEMORY):
        self._workers, self._wall, self._memory = workers, wall.total_seconds(), memory
        self._pool: ProcessPoolExecutor | None = None
        self._parsed = 0
        self._alone = asyncio.Lock()

    def start(self) -> None:
        """Start the children; on the main thread, as they end with the thread that made them."""
        self._pool = self._fresh(self._workers)

    def close(self) -> None:
        """End the children."""
        if self._pool:
            _kill(self._pool)
            self._pool = None

    async def parse(
        self, body: bytes, *, content_type: str | None, url: str, timezone: str
    ) -> ParsedFeed | ParseFailure:
        """Parse one document. Where a child dies, its documents are tried again, each alone."""
        assert self._pool, "start() first"
        pool = self._recycled()
        try:
            return await self._in(pool, body, content_type, url, timezone)
        except (BrokenProcessPool, TimeoutError):
            if pool is self._pool:
                self._pool = self._fresh(self._workers)
            _kill(pool)
        async with self._alone:  # whoever of them is at fault, it proves it now without a neighbour
            pool = self._fresh(1)
            try:
                return await self._in(pool, body, content_type, url, timezone)
            except (BrokenProcessPool, TimeoutError):
                return ParseFailure(kind="parse-limit", message="the parser broke down over this document")
            finally:
                _kill(pool)

    async def _in(
        self, pool: ProcessPoolExecutor, body: bytes, content_type: str | None, url: str, timezone: str
    ) -> ParsedFeed | ParseFailure:
        parsing = pool.submit(child.parse, body, content_type, url, timezone, self._wall)
        queued = 0
        while True:
            done, _ = await asyncio.wait({asyncio.wrap_future(parsing)}, timeout=self._wall + GRACE)
            if done:
                return next(iter(done)).result()
            queued = 0 if not parsing.running() else queued + 1
            if queued > 1:
                raise TimeoutError

    def _recycled(self) -> ProcessPoolExecutor:
        """The children, fresh ones after many documents; the old ones finish what they have."""
        assert self._pool
        self._parsed += 1
        if self._parsed % RECYCLED == 0:
            self._pool.shutdown(wait=False)
            self._pool = self._fresh(self._workers)
        return self._pool

    def _fresh(self, workers: int) -> ProcessPoolExecutor:
        """New children. spawn: a forked child would fire the parent's signal handlers."""
        pool = ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), initializer=child.begin, initargs=(self._memory,)
        )
        for _ in range(workers):
            pool.submit(child.ready)
        return pool


def _kill(pool: ProcessPoolExecutor) -> None:
    """End a pool's processes at once: what they were told to ignore is SIGTERM."""
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(wait=False, cancel_futures=True)
