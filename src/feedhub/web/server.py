"""A web application on a socket."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from feedhub.errors import FeedhubError

CLOSE = 2.0  # seconds that open connections get at the end


@asynccontextmanager
async def served(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve while the context is open; gives the address, "http://127.0.0.1:8080". Port 0 takes a free one."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise FeedhubError(
                f"cannot listen on {host}:{port}: {os.strerror(error.errno) if error.errno else error}; "
                "set daemon.listen or use --listen HOST:PORT"
            ) from error
        name, number = runner.addresses[0][:2]
        yield f"http://{f'[{name}]' if ':' in name else name}:{number}"
    finally:
        await runner.cleanup()
