"""A connection before it is aiohttp's: a request for a feed that has not changed is answered by 304 right here.

Most requests are of this kind, and a whole aiohttp response would cost some three times as much. A connection stays
here as long as each of its requests arrives alone, complete, and asks for what the reader already has. The first other
request hands it over to aiohttp for good. Both read requests with aiohttp's own parser.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from typing import NamedTuple, cast

from aiohttp import EMPTY_PAYLOAD, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, HttpVersion11, RawRequestMessage

from feedhub.web.connections import HEAD, IDLE, LIMITS, Connections, TimedHandler, address_of

Unchanged = Callable[[str, Mapping[str, str]], bytes | None]
"""From a request's target and headers to the head of a 304 without date and last line; None for other answers."""

UNCHANGED = web.AppKey[Unchanged]("unchanged")  # of an application that has a fast path
READ_AT_ONCE = 65_536  # bytes of a body; the parser wants to know, though no request answered here has a body


class Answer(NamedTuple):
    """What is sent on the fast path."""

    head: bytes
    last: bool  # the reader asked to close the connection after it


class FastPath:
    """Parses what a connection sends, and answers what is unchanged."""

    def __init__(self, unchanged: Unchanged):
        self._unchanged = unchanged
        self._parser = _parser()

    def answer(self, data: bytes) -> Answer | None:
        """The 304, if what has arrived is one complete request for something the reader already has."""
        message = self._whole(data)
        if message is None or message.should_close:
            self._parser = _parser()  # the old one may be in the middle of a request, or expect no further one
        if message is None or message.method != "GET" or message.version != HttpVersion11:
            return None
        if (head := self._unchanged(message.path, message.headers)) is None:
            return None
        close = b"Connection: close\r\n" if message.should_close else b""
        return Answer(b"%b%bDate: %b\r\n\r\n" % (head, close, _date(int(time.time()))), message.should_close)

    def _whole(self, data: bytes) -> RawRequestMessage | None:
        """The request, if exactly one has arrived, complete, without a body and without an error."""
        with suppress(Exception):  # aiohttp will read it again, and say what is wrong
            messages, upgraded, rest = self._parser.feed_data(data)
            if len(messages) == 1 and not upgraded and not rest:
                message, payload = messages[0]
                return message if payload is EMPTY_PAYLOAD else None
        return None


class FastConnection(asyncio.Protocol):
    """A connection that so far has only asked for what its reader already has."""

    waiting, stalled = True, False

    def __init__(self, connections: Connections, fast_path: FastPath, slow: Callable[[], TimedHandler]):
        self._loop = asyncio.get_running_loop()
        self._open, self._fast_path, self._slow = connections, fast_path, slow
        self.address = ""
        self._patience, self._since = HEAD, self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # so it is, though uvloop does not call it one
        self.address = address_of(transport)
        self._timer = self._loop.call_later(HEAD, self._look_up)
        self._open.add(self)

    def data_received(self, data: bytes) -> None:
        if (answer := self._fast_path.answer(data)) is None:
            self._hand_over(data)
        else:
            self._transport.write(answer.head)
            self._patience, self._since = IDLE, self._loop.time()
            if answer.last:
                self.close()

    def pause_writing(self) -> None:
        """The reader asks, but does not read."""
        self.drop()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._timer.cancel()
        self._open.remove(self)

    def drop(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    def close(self) -> None:
        """End the connection when what was answered is sent."""
        self._transport.close()

    def _look_up(self) -> None:
        """End the connection if it has been silent for too long; otherwise look again when it could be."""
        left = self._since + self._patience - self._loop.time()
        if left <= 0:
            self.drop()
        else:
            self._timer = self._loop.call_later(left, self._look_up)

    def _hand_over(self, data: bytes) -> None:
        self._timer.cancel()
        self._open.remove(self)
        handler = self._slow()
        self._transport.set_protocol(handler)
        handler.connection_made(self._transport)
        handler.data_received(data)


def _parser() -> HttpRequestParser:
    loop = asyncio.get_running_loop()
    limits = {name: most for name, most in LIMITS.items() if name.startswith("max_")}
    return HttpRequestParser(BaseProtocol(loop), loop, READ_AT_ONCE, **limits)


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
