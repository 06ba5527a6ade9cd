"""A web application on a socket."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from feedhub.errors import FeedhubError
from feedhub.web.doorway import AT_ONCE, LIMITS, Doorway, Visitor
from feedhub.web.security import SECURITY

CLOSE = 2.0  # seconds that open connections get at the end


class _Server(web.Server):
    """aiohttp's server of an application, whose connections are visitors."""

    def __init__(self, server: web.Server):
        self.__dict__.update(vars(server))
        self._doorway = Doorway(SECURITY)

    def __call__(self) -> web.RequestHandler:
        return Visitor(self._doorway, self, loop=self._loop, **self._kwargs)


class _Runner(web.AppRunner):
    __slots__ = ()

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server())


@asynccontextmanager
async def served(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve while the context is open; gives the address, "http://127.0.0.1:8080". Port 0 takes a free one."""
    runner = _Runner(app, access_log=None, shutdown_timeout=CLOSE, **LIMITS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, backlog=AT_ONCE).start()
        except OSError as error:
            raise FeedhubError(
                f"cannot listen on {host}:{port}: {os.strerror(error.errno) if error.errno else error}; "
                "set daemon.listen or use --listen HOST:PORT"
            ) from error
        name, number = runner.addresses[0][:2]
        yield f"http://{f'[{name}]' if ':' in name else name}:{number}"
    finally:
        await runner.cleanup()
