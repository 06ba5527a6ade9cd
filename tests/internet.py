"""A small internet: a clock that is set by hand, a real server that notes who asks when, real fetches, a real database.

Only the parser's processes are left out: documents are read in this one.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from build import new_store, settings, source
from feedhub.daemon.polls import Polls
from feedhub.daemon.writer import Writer
from feedhub.dedup.case import Prepared
from feedhub.fetch import Fetcher
from feedhub.model import Item, Outline, ParseFailure, PollReport, Settings, Source, SourceHealth
from feedhub.parse.article import with_article
from feedhub.parse.contents import Reading
from feedhub.parse.reading import read_document
from feedhub.pipeline import Doors
from feedhub.store.polling.fetches import PastFetch
from feedhub.store.polling.incidents import Incident
from feedhub.store.reading import Reader

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ATOM = "http://www.w3.org/2005/Atom"
ITEM = "<item><title>{0}</title><guid>{0}</guid><pubDate>{1}</pubDate></item>"

Answer = Callable[[web.Request], Awaitable[web.Response]]


def rss(*titles: str, channel: str = "", at: datetime = START) -> str:
    """A feed of items that are an hour old."""
    items = "".join(ITEM.format(title, format_datetime(at - HOUR)) for title in titles)
    return f"<rss version='2.0' xmlns:atom='{ATOM}'><channel><title>P</title>{channel}{items}</channel></rss>"


class Everywhere(AbstractResolver):
    """Every name is this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        pass


class Here:
    """Reads documents and pages in this process."""

    async def with_article(self, item: Item, body: bytes, **fields: Any) -> Prepared | ParseFailure:
        return with_article(item, body, **fields)

    async def read(self, body: bytes, **fields: Any) -> Reading | ParseFailure:
        return read_document(body, **fields)


@dataclass
class World:
    """A clock that is set by hand, servers that answer as told, and feedhub between them."""

    directory: Path
    port: int = 0
    now: datetime = START
    answers: dict[str, Answer] = field(default_factory=dict)  # by host and path
    asked: list[tuple[str, datetime, dict[str, str]]] = field(default_factory=list)
    reports: list[PollReport] = field(default_factory=list)
    polls: Polls | None = None
    writer: Writer | None = None
    doors: Doors | None = None
    read: Reader | None = None

    async def handle(self, request: web.Request) -> web.Response:
        place = f"{request.url.host}{request.path}"
        self.asked.append((place, self.now, dict(request.headers)))
        return await self.answers[place](request)

    def feed(self, place: str, text: str = "", status: int = 200, **headers: str) -> None:
        """From now on this is what a place answers; RSS of one item when nothing is said."""

        async def answer(_: web.Request) -> web.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(text=text or rss("A"), status=status, headers=named)

        self.answers[place] = answer

    def source(self, place: str, **fields: Any) -> Source:
        host, _, path = place.partition("/")
        id = fields.pop("id", host.partition(".")[0])
        return source(id, url=f"http://{host}:{self.port}/{path}", **{"allow_private": True, **fields})

    async def configure(self, *sources: Source, **fields: Any) -> Settings:
        chosen = settings(self.directory / "feedhub.db", list(sources), [], **fields)
        assert self.writer
        assert self.doors
        await self.writer.do(lambda store: store.configure(chosen, self.now))
        if self.polls is None:
            self.polls = Polls(self.writer, self.doors, chosen, self.reports.append)
        self.polls.configure(chosen)
        return chosen

    async def tick(self) -> list[PollReport]:
        """What is due now."""
        assert self.polls
        tasks = await self.polls.start_due()
        return [report for task in tasks if (report := await task)]

    async def until(self, end: datetime, step: timedelta = MINUTE) -> None:
        """Let time pass."""
        while self.now < end:
            self.now = min(self.now + step, end)
            await self.tick()

    async def next(self, id: str) -> None:
        """Go to a source's next poll, and make it."""
        due = self.health(id).next_poll
        assert due
        self.now = max(self.now, due)
        await self.tick()

    def reader(self, question: Callable[[Reader], Any]) -> Any:
        assert self.read
        return question(self.read)

    def health(self, id: str) -> SourceHealth:
        found: SourceHealth = self.reader(lambda reader: reader.polled.source(id))
        return found

    def fetches(self, id: str) -> list[PastFetch]:
        found: list[PastFetch] = self.reader(lambda reader: reader.polled.fetches(id))
        return found

    def incidents(self) -> list[Incident]:
        found: list[Incident] = self.reader(lambda reader: reader.polled.incidents(100))
        return found

    def times(self, place: str) -> list[datetime]:
        """When a place was asked."""
        return [at for where, at, _ in self.asked if where == place]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    app = web.Application()
    app.router.add_get("/{path:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    store = new_store(tmp_path / "feedhub.db")
    made.writer, made.read = Writer(store), Reader(tmp_path / "feedhub.db")
    async with Fetcher(concurrency=10, per_host=2, clock=lambda: made.now, resolver=Everywhere()) as fetcher:

        async def known(source_id: str) -> Outline:
            assert made.writer
            return await made.writer.do(lambda store: store.known(source_id))

        made.doors = Doors(fetcher, Here(), known, lambda: made.now, timedelta(0))
        yield made
    made.read.close()
    await made.writer.close()
    await runner.cleanup()
