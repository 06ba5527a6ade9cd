"""Who may keep a connection, and for how long: half-sent requests and readers that do not read give way to others.

aiohttp waits for the end of a request's headers as long as its sender likes. `Visitor` is its connection with time
limits; `Doorway` counts all connections. Whether one is waiting is what aiohttp knows (`_request_in_progress`,
`_messages`).
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
PER_ADDRESS = 200  # connections; a proxy in front needs fewer
AT_ONCE = 256  # connections that are let in before those who give way to them are gone
RESERVED = 200  # descriptors for polls, parsers and the database
FEWEST, MOST = 64, 4_000  # connections altogether, whatever the system grants

LIMITS: dict[str, Any] = {
    "keepalive_timeout": IDLE,
    "max_line_size": 8_190,
    "max_field_size": 8_190,
    "max_headers": 100,
}


class Connection(Protocol):
    """A reader who has come: at the door, or inside."""

    address: str  # of the other side

    @property
    def waiting(self) -> bool:
        """Whether no whole request has come, or none since the last answer."""
        ...

    @property
    def stalled(self) -> bool:
        """Whether the other side does not take what was written."""
        ...

    def drop(self) -> None:
        """End the connection at once."""
        ...

    def close(self) -> None:
        """End the connection when what is being answered has been sent."""
        ...


class Doorway:
    """All connections, the oldest first."""

    def __init__(self, most: int | None = None, per_address: int = PER_ADDRESS):
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._most = most or max(FEWEST, min(MOST, soft - RESERVED - AT_ONCE))
        self._per_address = per_address
        self._inside: defaultdict[str, dict[Connection, None]] = defaultdict(dict)

    def enter(self, one: Connection) -> None:
        """Let one in; where there are too many, the one goes that has waited longest for what others need."""
        neighbours = self._inside[one.address]
        neighbours[one] = None
        if len(neighbours) > self._per_address:
            self._drop(_foremost(neighbours))
        elif sum(map(len, self._inside.values())) > self._most:
            self._drop(_foremost(max(self._inside.values(), key=len)))

    def _drop(self, one: Connection) -> None:
        """It is forgotten at once, though it is told later: the next one in is not to find it here again."""
        self.leave(one)
        one.drop()

    def leave(self, one: Connection) -> None:
        """Forget one."""
        self._inside[one.address].pop(one, None)
        if not self._inside[one.address]:
            del self._inside[one.address]

    def close(self) -> None:
        """Let all go as soon as they are answered."""
        for neighbours in list(self._inside.values()):
            for one in list(neighbours):
                one.close()


def address_of(transport: asyncio.BaseTransport) -> str:
    """Where the other side of a connection is; "" where that cannot be told any more."""
    place = transport.get_extra_info("peername")
    return str(place[0]) if place else ""


def _foremost(neighbours: dict[Connection, None]) -> Connection:
    """The oldest that has asked nothing, else that does not read, else the newest."""
    asking_nothing = next((one for one in neighbours if one.waiting), None)
    return asking_nothing or next((one for one in neighbours if one.stalled), None) or next(reversed(neighbours))


class Visitor(web.RequestHandler):
    """A connection that does not wait for ever."""

    def __init__(self, doorway: Doorway, manager: web.Server, **options: Any):
        super().__init__(manager, **options)
        self._doorway, self.address = doorway, ""
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
        self._doorway.enter(self)

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
        self._doorway.leave(self)
        super().connection_lost(exc)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """What cannot be read as a request is refused in a word: no reasons, and none in the log either."""
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
