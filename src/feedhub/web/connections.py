"""Limits on connections: how many there may be, and how long each may wait for its reader.

aiohttp waits for the end of a request's headers as long as the sender likes. `TimedHandler` is its connection with time
limits, and reads from aiohttp's own fields (`_request_in_progress`, `_messages`) whether a request is under way.
`Connections` counts all connections; too many make half-sent requests and slow readers give way.
"""

from __future__ import annotations

import asyncio
import resource
from collections import defaultdict
from typing import Any, Protocol

from aiohttp import web

from feedhub.web.security import SECURITY

HEAD = 10.0  # seconds for a request's headers
IDLE = 20.0  # seconds between two requests
STALLED = 30.0  # seconds in which a reader must take what was written
AT_ONCE = 256  # connections that are accepted before those that give way to them are closed
RESERVED = 200  # descriptors for polls, parsers and the database
FEWEST, MOST = 64, 4_000  # connections altogether, whatever the system grants

LIMITS: dict[str, Any] = {
    "keepalive_timeout": IDLE,
    "max_line_size": 8_190,
    "max_field_size": 8_190,
    "max_headers": 100,
    "auto_decompress": False,  # nobody need send it packed, and what cannot be inflated ends as a bug in the log
}


class Connection(Protocol):
    """A connection, on the fast path or aiohttp's."""

    address: str  # of the other side

    @property
    def waiting(self) -> bool:
        """Whether no whole request has come, or none since the last answer."""

    @property
    def stalled(self) -> bool:
        """Whether the other side does not take what was written."""

    def drop(self) -> None:
        """End the connection at once."""

    def close(self) -> None:
        """End the connection when what is being answered has been sent."""


class Connections:
    """All connections, the oldest first.

    One address may have them all, as behind a proxy everybody comes from that; where there are too many, it gives way.
    """

    def __init__(self, most: int | None = None):
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._most = most or max(FEWEST, min(MOST, soft - RESERVED - AT_ONCE))
        self._by_address: defaultdict[str, dict[Connection, None]] = defaultdict(dict)

    def add(self, one: Connection) -> None:
        """Add a connection; where there are too many now, drop the one that will be missed least."""
        self._by_address[one.address][one] = None
        if sum(map(len, self._by_address.values())) > self._most:
            self._drop(_least_missed(max(self._by_address.values(), key=len)))

    def _drop(self, one: Connection) -> None:
        """End a connection, and forget it at once: `connection_lost` comes only later, after others were added."""
        self.remove(one)
        one.drop()

    def remove(self, one: Connection) -> None:
        """Forget one."""
        self._by_address[one.address].pop(one, None)
        if not self._by_address[one.address]:
            del self._by_address[one.address]

    def close(self) -> None:
        """Close all connections, each when what is being answered has been sent."""
        for neighbours in list(self._by_address.values()):
            for one in list(neighbours):
                one.close()


def address_of(transport: asyncio.BaseTransport) -> str:
    """The address of the other side; "" if the connection has already ended."""
    place = transport.get_extra_info("peername")
    return str(place[0]) if place else ""


def _least_missed(neighbours: dict[Connection, None]) -> Connection:
    """Which to drop: the oldest that has asked nothing, else the oldest that does not read, else the newest."""
    asking_nothing = next((one for one in neighbours if one.waiting), None)
    return asking_nothing or next((one for one in neighbours if one.stalled), None) or next(reversed(neighbours))


class TimedHandler(web.RequestHandler):
    """aiohttp's connection with time limits."""

    def __init__(self, connections: Connections, manager: web.Server, **options: Any):
        super().__init__(manager, **options)
        self._open, self.address = connections, ""
        self._for_head: asyncio.TimerHandle | None = None
        self._for_reader: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> bool:
        """Whether no whole request has come, or none since the last answer."""
        return not (self._messages or self._request_in_progress)

    @property
    def stalled(self) -> bool:
        """Whether the other side does not take what was written."""
        return self._for_reader is not None

    def drop(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.address = address_of(transport)
        self._for_head = self._loop.call_later(HEAD, self.drop)
        self._open.add(self)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.waiting:
            self._read_head()
        elif self._for_head is None:
            self._for_head = self._loop.call_later(HEAD, self.drop)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._for_reader = self._for_reader or self._loop.call_later(STALLED, self.drop)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._was_read()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._read_head()
        self._was_read()
        self._open.remove(self)
        super().connection_lost(exc)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Refuse what is no request without giving reasons, here or in the log."""
        refused = web.Response(status=status, text="This is no request that can be answered.\n", headers=SECURITY)
        refused.force_close()
        return refused

    def _read_head(self) -> None:
        if self._for_head:
            self._for_head.cancel()
            self._for_head = None

    def _was_read(self) -> None:
        if self._for_reader:
            self._for_reader.cancel()
            self._for_reader = None
