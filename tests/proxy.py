"""A reverse proxy on loopback: what it is asked for below a path it asks of a site, and gives back as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from feedhub.web.server import served

_OF_ONE_HOP = ("Connection", "Keep-Alive", "Transfer-Encoding", "Host")


@asynccontextmanager
async def proxy(site: str, path: str, *, strips: bool) -> AsyncIterator[str]:
    """Stand before a site; gives the address of its root. One that `strips` takes the path off."""
    async with aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=("Accept-Encoding",)) as session:

        async def passed(request: web.Request) -> web.Response:
            target = request.raw_path.removeprefix(path) if strips else request.raw_path
            async with session.request(
                request.method, URL(site + target, encoded=True), data=await request.read(),
                headers=_passed(request.headers), allow_redirects=False,
            ) as answer:  # fmt: skip
                return web.Response(status=answer.status, body=await answer.read(), headers=_passed(answer.headers))

        app = web.Application()
        app.router.add_route("*", f"{path}{{rest:/.*}}", passed)
        async with served(app, "127.0.0.1", 0) as address:
            yield address + path


def _passed(headers: CIMultiDict[str]) -> CIMultiDict[str]:
    kept = CIMultiDict(headers)
    for name in _OF_ONE_HOP:
        kept.popall(name, None)
    return kept
