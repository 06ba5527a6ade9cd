"""One fetch under way."""

from __future__ import annotations

import asyncio
import time

from feedhub.fetch.room import Reservation
from feedhub.fetch.turns import Queue
from feedhub.model import FetchRequest


class Transfer:
    """One fetch under way."""

    def __init__(self, request: FetchRequest, reservation: Reservation, queue: Queue):
        self.request, self._reservation = request, reservation
        self.queue = queue  # those who ask the same site
        self.trail = [request.url]  # the addresses asked so far
        self.deadline = asyncio.timeout(request.timeout.total_seconds())

    async def grow(self, size: int) -> None:
        """Wait until there is room for a body that has grown to `size`; that time is not the server's fault."""
        if self._reservation.covers(size):
            return
        end, start = self.deadline.when(), time.monotonic()
        self.deadline.reschedule(None)
        await self._reservation.grow(size)
        if end is not None:
            self.deadline.reschedule(end + time.monotonic() - start)
