"""Polls from end to end, without the daemon around them: real servers, real parser processes, a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from build import settings, source
from feedhub.config.load import parse
from feedhub.daemon import once
from feedhub.errors import NotFound
from feedhub.model import PollReport, Settings, Topic
from feedhub.store.reading import Reader
from feedhub.web.server import served
from feedhub.wireroom import WireRoom, configuration, truth

pytestmark = pytest.mark.slow
RSS = "<rss version='2.0'><channel><title>P</title><item><title>{0}</title><guid>{0}</guid></item></channel></rss>"


@pytest.fixture
async def papers() -> AsyncIterator[str]:
    """Papers of every sort, by path."""

    async def answer(request: web.Request) -> web.Response:
        match request.path:
            case "/good" if request.headers.get("If-None-Match") == '"1"':
                return web.Response(status=304)
            case "/good":
                return web.Response(text=RSS.format("A"), headers={"ETag": '"1"'})
            case "/same":
                return web.Response(text=RSS.format("B"))
            case "/page":
                return web.Response(text="<html><title>Moved</title>", content_type="text/html")
            case "/down":
                return web.Response(status=503, headers={"Retry-After": "3600"})
            case "/bytes":
                return web.Response(body=bytes(range(256)) * 50)
            case _:
                return web.Response(text=RSS.format("Whole").removesuffix("</channel></rss>") + "<item><title>Half")

    app = web.Application()
    app.router.add_get("/{paper}", answer)
    async with served(app, "127.0.0.1", 0) as address:
        yield address


def desk(address: str, directory: Path) -> Settings:
    names = ("good", "same", "page", "down", "bytes", "half")
    return settings(
        directory / "feedhub.db",
        [source(name, url=f"{address}/{name}", allow_private=True) for name in names]
        + [source("away", url="http://127.0.0.1:1/", allow_private=True)],
        [Topic(id="all", title="All", match="")],
    )


async def polled(chosen: Settings, *ids: str) -> dict[str, PollReport]:
    reports = await once.poll(chosen, list(ids) or None, lambda report: None)
    return {report.source: report for report in reports}


async def test_bad_papers_hold_nobody_up_and_are_told_by_name(papers: str, tmp_path: Path) -> None:
    chosen = desk(papers, tmp_path)
    reports = await polled(chosen)
    assert {id: report.outcome for id, report in reports.items()} == {
        **dict.fromkeys(("good", "same", "half"), "new"),
        **dict.fromkeys(("page", "down", "bytes", "away"), "failed"),
    }
    assert reports["page"].error == "an HTML page titled 'Moved', not a feed"
    assert reports["down"].error == "HTTP 503 Service Unavailable"
    assert reports["away"].error == "127.0.0.1 refused the connection"
    reader = Reader(chosen.database)
    health = {one.id: one for one in reader.polled.sources()}
    reader.close()
    assert health["page"].error == reports["page"].error
    assert "the source asks for 1 h" in health["down"].next_reason
    assert health["half"].notice


async def test_a_second_poll_learns_that_nothing_changed(papers: str, tmp_path: Path) -> None:
    chosen = desk(papers, tmp_path)
    await polled(chosen)
    again = await polled(chosen, "good", "same", "half")
    assert {id: (report.outcome, report.status) for id, report in again.items()} == {
        "good": ("unchanged", 304), "same": ("same", 200), "half": ("same", 200),
    }  # fmt: skip
    assert await polled(chosen) == {}


async def test_an_unknown_source_is_told_before_anything_is_done(papers: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nobody"):
        await polled(desk(papers, tmp_path), "good", "nobody")


@pytest.mark.timeout(120)
async def test_a_morning_s_copies_are_merged_and_its_look_alikes_are_not(tmp_path: Path) -> None:
    elapsed = 0.0
    async with served(WireRoom(datetime.now(UTC), lambda: elapsed).app(), "127.0.0.1", 0) as address:
        text = configuration(address, "127.0.0.1:0", str(tmp_path / "feedhub.db"))
        chosen = parse(text, tmp_path / "feedhub.toml", lambda *query: None)
        for elapsed in (0.0, 60.0, 120.0, 180.0, 240.0):  # noqa: B007, the wire room reads it
            await polled(replace(chosen, workers=1), *(one.id for one in chosen.sources))
    reader = Reader(chosen.database)
    known, found = truth(), {}
    for stored in reader.items(None, None):
        slug = known.get(stored.item.guid) or known[urlsplit(stored.item.link or "").path]
        found.setdefault(stored.story, set()).add(slug)
    reader.close()
    assert all(len(slugs) == 1 for slugs in found.values()), [slugs for slugs in found.values() if len(slugs) > 1]
    assert len(found) <= len(set(known.values())) + 1
