"""Below a path of a host, behind a proxy that takes it off or passes it on: all is found there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import feedparser
import orjson
import pytest
from yarl import URL

from desk_site import TOPICS, Site, opened, print_quake
from feedhub.config.remarks import OWN
from feedhub.model import Topic
from feedhub.web.app import application
from feedhub.web.fastpath import UNCHANGED
from feedhub.web.metrics import Metrics
from feedhub.web.server import served
from feedhub.web.session import COOKIE
from hubs import Hubs, Newsroom, hub_links
from in_front import NEEDS_CADDY, NEEDS_NGINX, caddy, caddy_below, nginx, nginx_below
from internet import rss
from proxy import proxy
from raw import request
from test_fastpath import answer, visiting

PATH = "/news/desk"
TOKEN = "a long random word"
HUBBED = [*TOPICS, Topic(id="wire", title="Wire", match="quake*", hub="http://hub.example/")]
_LINK = re.compile(r'<(a|link|script|form)\b([^>]*?)\b(?:href|src|action)="([^"]*)"')


@asynccontextmanager
async def _by_nginx(site: str, directory: Path, strips: bool) -> AsyncIterator[str]:
    async with nginx(nginx_below(PATH, strips=strips), site, directory) as origin:
        yield origin + PATH


@asynccontextmanager
async def _by_caddy(site: str, directory: Path, strips: bool) -> AsyncIterator[str]:
    async with caddy(caddy_below(PATH, strips=strips), site, directory) as origin:
        yield origin + PATH


def _by_ours(site: str, _: Path, strips: bool) -> AbstractAsyncContextManager[str]:
    return proxy(site, PATH, strips=strips)


PROXIES = (
    ("a proxy", _by_ours, ()),
    ("nginx", _by_nginx, (pytest.mark.slow, NEEDS_NGINX)),
    ("Caddy", _by_caddy, (pytest.mark.slow, NEEDS_CADDY)),
)


@pytest.fixture(
    params=[
        pytest.param((by, strips), id=f"{name}, {'taken off' if strips else 'passed on'}", marks=marks)
        for name, by, marks in PROXIES
        for strips in (True, False)
    ]
)
async def site(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """A site as it is found through a proxy."""
    by, strips = request.param
    async with opened(tmp_path, topics=HUBBED, admin_token=TOKEN) as site:
        print_quake(site)
        async with by(site.address, tmp_path, strips) as address:
            stand(site, address)
            yield replace(site, address=address)


def stand(site: Site, address: str) -> None:
    """Tell a site where it is found."""
    site.desk.configure(replace(site.desk.settings, public_url=address))


async def log_in(site: Site, back: str = "/review") -> aiohttp.ClientResponse:
    fields = (("token", TOKEN), ("name", "Night desk"), ("back", back))
    status, response = await site.post("/login", *fields, Origin=str(URL(site.address).origin()))
    assert status == 303
    return response


def links(page: str) -> set[tuple[str, bool]]:
    """What of its own host a page leads to, and whether that is asked for without a form's words."""
    found = [(unescape(to), "post" not in rest) for _, rest, to in _LINK.findall(page)]
    return {(to, asked) for to, asked in found if to.startswith("/")}


async def test_every_link_form_and_file_of_every_page_leads_to_what_is_there(site: Site) -> None:
    await log_in(site)
    origin, seen = str(URL(site.address).origin()), set()
    waiting = {f"{PATH}/", f"{PATH}/login", f"{PATH}/search?q=quake"}
    while waiting:
        seen.add(path := waiting.pop())
        async with site.session.get(origin + path) as response:
            assert response.status == 200, path
            if response.content_type != "text/html":
                continue
            for to, asked in links(await response.text()):
                assert to.startswith(f"{PATH}/"), f"{path} leads to {to}"
                if asked and to not in seen:
                    waiting.add(to)
    for kind in ("/static/", "/stories/", "/topics/quakes.atom", "/sources/herald", "/opml", "/review", "/outlets"):
        assert any(path.startswith(PATH + kind) for path in seen), kind
    assert f'action="{PATH}/search"' in await site.text("/nowhere", 404)


async def test_an_editor_logs_in_rules_and_leaves_within_the_path(site: Site) -> None:
    arrived = await log_in(site)
    assert arrived.headers["Location"] == f"{PATH}/review"
    assert arrived.cookies[COOKIE]["path"] == PATH
    story = (await site.desk.read(lambda reader: reader.front(1)))[0]
    origin = {"Origin": str(URL(site.address).origin())}
    named = [("verb", "note"), ("name", story.id), ("name", "Under review"), ("back", f"/stories/{story.id}")]
    status, ruled = await site.post("/rule", *named, **origin)
    assert (status, ruled.headers["Location"]) == (303, f"{PATH}/stories/{story.id}")
    assert "Under review" in await site.text(f"/stories/{story.id}")
    _, left = await site.post("/logout", **origin)
    assert (left.headers["Location"], left.cookies[COOKIE]["path"]) == (f"{PATH}/", PATH)
    assert "Publish the note" not in await site.text(f"/stories/{story.id}")


async def test_when_a_reader_was_here_is_told_to_nobody_beside_the_path(site: Site) -> None:
    _, response, _ = await site.get("/")
    assert response.cookies["feedhub-visit"]["path"] == PATH


async def test_feeds_name_themselves_and_their_pages_where_these_are_found(site: Site) -> None:
    _, response, body = await site.get("/topics/wire.atom")
    feed = feedparser.parse(body)
    for rel, path in (("self", "/topics/wire.atom"), ("alternate", "/topics/wire")):
        (link,) = [link.href for link in feed.feed.links if link.rel == rel]
        assert link == site.address + path
        async with site.session.get(link) as answered:
            assert answered.status == 200
    assert f'<{site.address}/topics/wire.atom>; rel="self"' in response.headers["Link"]
    assert feed.entries[0].link.startswith("http://tsubame.example/")
    assert f'xmlUrl="{site.address}/topics/quakes.atom"' in await site.text("/opml")


async def test_a_phone_finds_all_it_needs_beside_the_front_page(site: Site) -> None:
    at = f"{site.address}/manifest.webmanifest"
    manifest = orjson.loads(await site.text("/manifest.webmanifest"))
    assert urljoin(at, manifest["start_url"]) == urljoin(at, manifest["scope"]) == f"{site.address}/"
    for address in (*(urljoin(at, icon["src"]) for icon in manifest["icons"]), f"{site.address}/sw.js"):
        async with site.session.get(address) as response:
            assert response.status == 200, address


async def test_what_every_answer_carries_comes_through(site: Site) -> None:
    for path in ("/", "/topics/all.atom", "/static/style.css", "/nowhere"):
        _, response, _ = await site.get(path)
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_unchanged_feed_is_told_on_the_fast_path_by_the_address_it_was_asked_for_by(tmp_path: Path) -> None:
    async with opened(tmp_path) as site:
        print_quake(site)
        stand(site, "https://papers.example/topics")
        app = application(site.desk, Metrics(), site.clock)
        async with served(app, "127.0.0.1", 0) as address:
            for path in ("/all.atom", "/topics/all.atom", "/topics/topics/all.atom"):
                async with site.session.get(address + path) as response:
                    held = {"If-None-Match": response.headers["ETag"]}
                assert (app[UNCHANGED](path, held) or b"").startswith(b"HTTP/1.1 304 "), path
        # What is left of the last one's address is how another feed was asked for.
        assert app[UNCHANGED]("/topics/all.atom", held) is None


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (PATH, 200), (f"{PATH}/", 200), (f"{PATH}?before=2100-01-01T00:00:00Z", 200), (f"{PATH}/topics/all", 200),
        ("/topics/all", 200), (f"{PATH}/search?q=news", 200), (f"{PATH}room/topics/all", 404),
        (f"{PATH}{PATH}/topics/all", 404), (f"{PATH}//hub.example/topics/all", 404), ("/news/topics/all", 404),
        (f"{PATH}/static/../../../app.py", 404), (f"http://papers.example{PATH}/topics/all", 200),
        ("http://papers.example/topics/all", 200), (f"http://papers.example{PATH}room/topics/all", 404),
        (f"{PATH}/%2e%2e/topics/all", 404),
    ],
)  # fmt: skip
async def test_only_the_path_itself_is_taken_off_and_once(tmp_path: Path, target: str, status: int) -> None:
    async with opened(tmp_path) as site:
        stand(site, f"https://papers.example{PATH}")
        async with visiting(site.address) as (reader, writer):
            writer.write(request(target, "Accept-Encoding: identity", "Connection: close"))
            assert (await answer(reader, bodies=False))[0] == status


async def test_no_header_tells_where_feedhub_stands(tmp_path: Path) -> None:
    async with opened(tmp_path) as site:
        told = {"X_Forwarded_Prefix": "/evil", "X_Script_Name": "/evil", "X_Forwarded_Host": "evil.example"}
        assert "evil" not in await site.text("/", **told)
        assert "evil" not in await site.text("/topics/all.atom", **told)


async def test_what_addresses_begin_with_is_known_where_a_configuration_is_checked(newsroom: Newsroom) -> None:
    app = application(newsroom.desk, Metrics(), lambda: newsroom.now, newsroom.push)
    first = {resource.canonical.split("/")[1] for resource in app.router.resources()}
    assert {name for name in first if name and "." not in name} == OWN


async def test_another_path_is_in_force_as_soon_as_the_configuration_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as site:
        for path in ("", "/news", "/desk"):
            stand(site, f"https://papers.example{path}")
            assert f'<a class="name" href="{path}/">' in await site.text(f"{path}/")


async def test_hubs_are_given_a_callback_below_the_path(newsroom: Newsroom, net: Hubs) -> None:
    net.feed("/feed", rss("A"), links=hub_links(net))
    await newsroom.configure(newsroom.source(), public_url=newsroom.address + PATH)
    await newsroom.poll()
    await newsroom.ask()
    (form,) = net.sent("subscribe")
    assert form["hub.callback"].startswith(f"{newsroom.address}{PATH}/websub/")
    assert (await net.verify(form))[0] == 200
    assert await net.deliver(form, rss("B", "A")) == 200
    assert "B" in newsroom.titles()
