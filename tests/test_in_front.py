"""Behind nginx and Caddy, configured as the documentation says: nothing that feedhub answers or takes is lost there.

`test_mount` looks at them with a path. A program that is not installed is skipped by name.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from desk_site import TOPICS, opened, print_quake
from feedhub.web.server import served
from hubs import Hubs, Newsroom, hub_links
from in_front import NEEDS_CADDY, NEEDS_NGINX, caddy, caddy_below, documented, nginx, visitors
from internet import rss

pytestmark = pytest.mark.slow

InFront = Callable[[str, Path], AbstractAsyncContextManager[str]]


def by_nginx(site: str, directory: Path) -> AbstractAsyncContextManager[str]:
    return nginx(documented("nginx")[0], site, directory)


def by_caddy(site: str, directory: Path) -> AbstractAsyncContextManager[str]:
    """All of a host: as below a path, but for that."""
    return caddy(caddy_below("", strips=False).replace("    redir  / 308\n", ""), site, directory)


in_front_of = pytest.mark.parametrize(
    "in_front_of", [pytest.param(by_nginx, marks=NEEDS_NGINX), pytest.param(by_caddy, marks=NEEDS_CADDY)]
)


@in_front_of
@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
async def test_an_unchanged_feed_is_told_in_every_coding(tmp_path: Path, in_front_of: InFront, coding: str) -> None:
    async with opened(tmp_path, topics=TOPICS) as site, in_front_of(site.address, tmp_path) as address:
        print_quake(site)
        site = replace(site, address=address)
        for kind in ("atom", "rss", "json"):
            status, response, body = await site.get(f"/topics/all.{kind}", Accept_Encoding=coding)
            head = response.headers
            assert (status, head.get("Content-Encoding", "identity"), head["Vary"]) == (200, coding, "Accept-Encoding")
            for tag in (head["ETag"], f"W/{head['ETag']}", f'"another", {head["ETag"]}'):
                status, again, body = await site.get(f"/topics/all.{kind}", Accept_Encoding=coding, If_None_Match=tag)
                assert (status, body, again.headers["ETag"]) == (304, b"", head["ETag"])
            since = {"If_Modified_Since": head["Last-Modified"]}
            assert (await site.get(f"/topics/all.{kind}", Accept_Encoding=coding, **since))[0] == 304


@in_front_of
async def test_connections_to_feedhub_are_kept(tmp_path: Path, in_front_of: InFront) -> None:
    came = set()

    async def answer(request: web.Request) -> web.Response:
        assert request.transport
        came.add(request.transport.get_extra_info("peername"))
        return web.Response(text="done")

    app = web.Application()
    app.router.add_get("/", answer)
    async with (
        served(app, "127.0.0.1", 0) as site,
        in_front_of(site, tmp_path) as address,
        aiohttp.ClientSession(connector=visitors()) as session,
    ):
        for _ in range(20):
            async with session.get(address) as response:
                assert await response.text() == "done"
    assert len(came) == 1


@in_front_of
async def test_a_hub_delivers_as_much_as_feedhub_takes(
    newsroom: Newsroom, net: Hubs, tmp_path: Path, in_front_of: InFront
) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    async with in_front_of(newsroom.address, tmp_path) as address:
        await newsroom.configure(newsroom.source(), public_url=address)
        await newsroom.poll()
        await newsroom.ask()
        (form,) = net.sent("subscribe")
        assert (await net.verify(form))[0] == 200
        large = rss("B", "A").replace("</rss>", f"<!--{'x' * 9_000_000}--></rss>")
        assert await net.deliver(form, large) == 200
    assert "B" in newsroom.titles()
