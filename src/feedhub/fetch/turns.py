"""Limits on simultaneous requests, in all and to one site."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from feedhub import sites


class Queue:
    """The requests to one site that are under way or waiting."""

    def __init__(self, at_once: int):
        self.free = asyncio.Semaphore(at_once)
        self.length = 0

    @property
    def others(self) -> bool:
        """Whether another request to the site is under way or waiting."""
        return self.length > 1


class Turns:
    """Lets at most `concurrency` requests through at once, and `per_host` of them to one site."""

    def __init__(self, concurrency: int, per_host: int):
        self._slots = asyncio.Semaphore(concurrency)
        self._per_host = per_host
        self._queues: dict[str, Queue] = {}

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[Queue]:
        """Wait until the site, and the whole, have room for one more request."""
        site = sites.site_of(url).name
        queue = self._queues.setdefault(site, Queue(self._per_host))
        queue.length += 1
        try:
            async with queue.free, self._slots:
                yield queue
        finally:
            queue.length -= 1
            if not queue.length:
                del self._queues[site]
