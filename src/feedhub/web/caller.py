"""A connection before it is aiohttp's: who asks for a feed that has not changed is told so at the door.

Most requests are such, and with all that aiohttp has around an answer they cost some three times as much. A caller is
answered here as long as each of its requests comes by itself, whole, and is for what the reader has already; with the
first other one the connection is handed over for good. Requests are read by aiohttp's own parser, here and there.
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

from feedhub.web.doorway import HEAD, IDLE, LIMITS, Doorway, Visitor, address_of

Unchanged = Callable[[str, Mapping[str, str]], bytes | None]
"""From a request's target and headers to the head of a 304 without its date and last line; None where it is not one."""

UNCHANGED = web.AppKey[Unchanged]("unchanged")  # of an application that answers at the door
READ_AT_ONCE = 65_536  # bytes of a body, which no request has that is answered here


class Answer(NamedTuple):
    """What is said at the door."""

    head: bytes
    last: bool  # the reader asked for the end of the connection with it


class Door:
    """Reads requests, each by itself, and knows what is unchanged."""

    def __init__(self, unchanged: Unchanged):
        self._unchanged = unchanged
        self._parser = _parser()

    def answer(self, data: bytes) -> Answer | None:
        """The 304 to what has arrived, if that is one whole request for what the reader has."""
        message = self._whole(data)
        if message is None or message.should_close:
            self._parser = _parser()  # this one may wait for what goes to another now, or expect nothing more
        if message is None or message.method != "GET" or message.version != HttpVersion11:
            return None
        if (head := self._unchanged(message.path, message.headers)) is None:
            return None
        close = b"Connection: close\r\n" if message.should_close else b""
        return Answer(b"%b%bDate: %b\r\n\r\n" % (head, close, _date(int(time.time()))), message.should_close)

    def _whole(self, data: bytes) -> RawRequestMessage | None:
        """The one request that has arrived; None for a part of one, for several, for one with a body or an error."""
        with suppress(Exception):  # where it is none, aiohttp's connection reads it again, and says what is wrong
            messages, upgraded, rest = self._parser.feed_data(data)
            if len(messages) == 1 and not upgraded and not rest:
                message, payload = messages[0]
                return message if payload is EMPTY_PAYLOAD else None
        return None


class Caller(asyncio.Protocol):
    """A connection that has asked for nothing but what its reader has."""

    waiting, stalled = True, False

    def __init__(self, doorway: Doorway, door: Door, let_in: Callable[[], Visitor]):
        self._loop = asyncio.get_running_loop()
        self._doorway, self._door, self._let_in = doorway, door, let_in
        self.address = ""
        self._patience, self._since = HEAD, self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # so it is, though uvloop does not call it one
        self.address = address_of(transport)
        self._timer = self._loop.call_later(HEAD, self._look_up)
        self._doorway.enter(self)

    def data_received(self, data: bytes) -> None:
        if (answer := self._door.answer(data)) is None:
            self._hand_over(data)
        else:
            self._transport.write(answer.head)
            self._patience, self._since = IDLE, self._loop.time()
            if answer.last:
                self.close()

    def pause_writing(self) -> None:
        """It asks, and does not read."""
        self.drop()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._timer.cancel()
        self._doorway.leave(self)

    def drop(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    def close(self) -> None:
        """End the connection when what was answered is sent."""
        self._transport.close()

    def _look_up(self) -> None:
        """End the connection where nothing was asked for too long; otherwise look again when that could be."""
        left = self._since + self._patience - self._loop.time()
        if left <= 0:
            self.drop()
        else:
            self._timer = self._loop.call_later(left, self._look_up)

    def _hand_over(self, data: bytes) -> None:
        self._timer.cancel()
        self._doorway.leave(self)
        visitor = self._let_in()
        self._transport.set_protocol(visitor)
        visitor.connection_made(self._transport)
        visitor.data_received(data)


def _parser() -> HttpRequestParser:
    loop = asyncio.get_running_loop()
    limits = {name: most for name, most in LIMITS.items() if name.startswith("max_")}
    return HttpRequestParser(BaseProtocol(loop), loop, READ_AT_ONCE, **limits)


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
