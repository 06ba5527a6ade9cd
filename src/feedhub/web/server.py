"""A web application on a socket."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

from aiohttp import web

from feedhub import urls
from feedhub.errors import FeedhubError
from feedhub.web.connections import AT_ONCE, LIMITS, Connections, TimedHandler
from feedhub.web.fastpath import UNCHANGED, FastConnection, FastPath
from feedhub.web.mount import ROOT, Root, below
from feedhub.web.security import SECURITY

_Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

CLOSE = 2.0  # seconds that open connections get at the end


class _Server(web.Server):
    """aiohttp's server of an application; its connections begin on the fast path where the application has one."""

    def __init__(self, server: web.Server, fast_path: FastPath | None, root: Root | None):
        self.__dict__.update(vars(server))
        self._open, self._fast_path = Connections(), fast_path
        self.request_handler = _expecting(self.request_handler)
        if root:
            self.request_factory = below(root, self.request_factory)

    def __call__(self) -> Any:
        return FastConnection(self._open, self._fast_path, self._handler) if self._fast_path else self._handler()

    def pre_shutdown(self) -> None:
        self._open.close()

    def _handler(self) -> TimedHandler:
        return TimedHandler(self._open, self, loop=self._loop, **self._kwargs)


def _expecting(handler: _Handler) -> _Handler:
    """Refuse what is expected beyond "100-continue"; aiohttp does, but repeats it, and fails where it is no text."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Expect", "").lower() not in ("", "100-continue"):
            return web.Response(status=417, text="Only 100-continue can be expected.\n", headers=SECURITY)
        return await handler(request)

    return handle


class _Runner(web.AppRunner):
    __slots__ = ()

    async def _make_server(self) -> web.Server:
        unchanged = self.app.get(UNCHANGED)
        return _Server(await super()._make_server(), FastPath(unchanged) if unchanged else None, self.app.get(ROOT))


@contextmanager
def listening(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Listening sockets; connections wait until they are served. Port 0 takes a free one."""
    with ExitStack() as bound:
        try:
            found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            places = [
                bound.enter_context(_bound(family, place))
                for family, _, _, _, place in dict.fromkeys(found)
                if _speaks(family)
            ]
        except OSError as error:  # errors of the resolver are negative
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
            raise FeedhubError(
                f"cannot listen on {host}:{port}: {reason}; set daemon.listen or use --listen HOST:PORT"
            ) from error
        yield places


def _bound(family: int, place: Any) -> socket.socket:
    return socket.create_server(place, family=family, backlog=AT_ONCE)


def _speaks(family: int) -> bool:
    """Whether this machine supports a family of addresses: its own name may stand for IPv6 where there is none."""
    try:
        socket.socket(family).close()
    except OSError:
        return False
    return True


def address(place: socket.socket) -> str:
    """Where a socket listens, "http://127.0.0.1:8080"."""
    name, number = place.getsockname()[:2]
    return f"http://{urls.bracketed(name)}:{number}"


@asynccontextmanager
async def served(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve while the context is open; yields the address."""
    with listening(host, port) as places:
        async with served_on(app, places):
            yield address(places[0])


@asynccontextmanager
async def served_on(app: web.Application, places: Iterable[socket.socket]) -> AsyncIterator[None]:
    """Serve on sockets while the context is open, and close them."""
    runner = _Runner(app, access_log=None, shutdown_timeout=CLOSE, **LIMITS)
    await runner.setup()
    try:
        for place in places:
            await web.SockSite(runner, place, backlog=AT_ONCE).start()
        yield
    finally:
        await runner.cleanup()
