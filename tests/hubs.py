"""Publishers and hubs on loopback, and feedhub before them without its ticks and the parser's processes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from build import new_store, no_ruling, settings, source
from feedhub.daemon.desk import Desk
from feedhub.daemon.pings import Pings
from feedhub.daemon.polls import Polls
from feedhub.daemon.push import Push
from feedhub.daemon.writer import Writer
from feedhub.fetch import Fetcher
from feedhub.model import Known, PollReport, Settings, Source, SourceHealth, Topic
from feedhub.pipeline import Doors
from feedhub.store.reading import Reader
from feedhub.web.app import application
from feedhub.web.metrics import Metrics
from feedhub.web.server import served
from feedhub.websub import Subscription
from in_front import visitors
from internet import START, Here

Form = dict[str, str]


@dataclass
class Hubs:
    """Publishers and hubs, all on one loopback server: places answer as told, hubs verify and deliver."""

    address: str = ""
    answers: dict[str, Callable[[], web.Response]] = field(default_factory=dict)
    forms: list[tuple[str, Form]] = field(default_factory=list)  # what hubs were sent: place, fields
    hub_answers: dict[str, Callable[[Form], web.Response]] = field(default_factory=dict)
    lease: str | None = "864000"

    def feed(self, place: str, text: str, status: int = 200, links: Sequence[str] = (), **headers: str) -> None:
        """From now on this is what a place answers."""

        def answer() -> web.Response:
            made = web.Response(text=text, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})
            for link in links:
                made.headers.add("Link", link)
            return made

        self.answers[place] = answer

    async def get(self, request: web.Request) -> web.Response:
        return self.answers[request.path_qs]()

    async def post(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append((request.path_qs, form))
        answer = self.hub_answers.get(request.path_qs)
        return answer(form) if answer else web.Response(status=202)

    def sent(self, mode: str) -> list[Form]:
        return [form for _, form in self.forms if form["hub.mode"] == mode]

    async def verify(self, form: Form, **changed: str) -> tuple[int, str]:
        """Ask a callback whether what the form says was meant."""
        query = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": "c-4711"}
        if self.lease and form["hub.mode"] == "subscribe":
            query["hub.lease_seconds"] = self.lease
        query |= {name.replace("_", ".", 1): value for name, value in changed.items()}
        async with (
            aiohttp.ClientSession(connector=visitors()) as session,
            session.get(f"{form['hub.callback']}?{urlencode(query)}") as answer,
        ):
            return answer.status, await answer.text()

    async def deliver(self, form: Form, body: str, method: str = "sha256", **headers: str) -> int:
        """Send what is new, signed as the subscription asked for."""
        signature = hmac.new(form["hub.secret"].encode(), body.encode(), getattr(hashlib, method)).hexdigest()
        named = {"X-Hub-Signature": f"{method}={signature}", "Content-Type": "application/rss+xml"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession(connector=visitors()) as session,
            session.post(form["hub.callback"], data=BytesIO(body.encode()), headers=named) as answer,
        ):
            return answer.status


@dataclass
class Newsroom:
    """feedhub without its ticks."""

    directory: Path
    net: Hubs
    address: str = ""
    now: datetime = START
    reports: list[PollReport] = field(default_factory=list)

    async def open(self, fetcher: Fetcher, writer: Writer) -> web.Application:
        async def known(source_id: str) -> Sequence[Known]:
            return await writer.do(lambda store: store.known(source_id))

        self.writer, self.doors = writer, Doors(fetcher, Here(), known, lambda: self.now)
        self.reader = Reader(self.directory / "feedhub.db")
        empty = settings(self.directory / "feedhub.db", [], [])
        self.desk = Desk(empty, empty.database, no_ruling)
        self.polls = Polls(writer, self.doors, empty, self.told)
        self.push = Push(writer, self.doors, empty, self.told)
        self.pings = Pings(writer, self.doors, empty)
        return application(self.desk, Metrics(), lambda: self.now, self.push)

    def told(self, report: PollReport) -> None:
        self.reports.append(report)
        self.desk.changed(report.topics)

    async def configure(self, *sources: Source, topics: Sequence[Topic] = (), **fields: Any) -> Settings:
        given = {"public_url": self.address, "subscribe": True, "gap": timedelta(0), **fields}
        chosen = settings(self.directory / "feedhub.db", list(sources), list(topics), **given)
        await self.writer.do(lambda store: store.configure(chosen, self.now))
        for part in (self.polls, self.push, self.pings, self.desk):
            part.configure(chosen)
        return chosen

    def source(self, place: str = "/feed", **fields: Any) -> Source:
        return source("paper", **{"url": f"{self.net.address}{place}", "allow_private": True, **fields})

    async def poll(self) -> list[PollReport]:
        """Poll what is due."""
        tasks = await self.polls.start_due()
        return [report for task in tasks if (report := await task)]

    async def ask(self) -> None:
        """Ask the hubs that are to be asked, and ping those that are to be pinged; wait for their answers."""
        for part in (self.push, self.pings):
            await part.start_due()
            await part.drain()

    async def asks(self, place: str = "/feed", **fields: Any) -> tuple[str, str]:
        """The place of the hub that a source leads to, and the topic it is asked for."""
        await self.configure(self.source(place, **fields))
        await self.poll()
        await self.ask()
        assert len(self.net.forms) == 1
        hub, form = self.net.forms[0]
        assert form["hub.mode"] == "subscribe"
        return hub, form["hub.topic"].removeprefix(self.net.address)

    async def subscribed(self, place: str = "/feed", **fields: Any) -> Form:
        """Poll a source, subscribe to its hub, be verified; returns the form that the hub was sent."""
        await self.configure(self.source(place, **fields))
        await self.poll()
        await self.ask()
        form = self.net.sent("subscribe")[-1]
        assert (await self.net.verify(form))[0] == 200
        return form

    def read(self, question: Callable[[Reader], Any]) -> Any:
        return question(self.reader)

    def subscription(self) -> Subscription | None:
        found: list[Subscription] = self.read(lambda reader: reader.polled.subscriptions())
        return found[0] if found else None

    def health(self) -> SourceHealth:
        found: SourceHealth = self.read(lambda reader: reader.polled.source("paper"))
        return found

    def titles(self) -> list[str]:
        return [stored.item.title for stored in self.read(lambda reader: list(reader.items(None, None)))]


@pytest.fixture
async def net() -> AsyncIterator[Hubs]:
    made = Hubs()
    app = web.Application()
    app.router.add_get("/{path:.*}", made.get)
    app.router.add_post("/{path:.*}", made.post)
    async with served(app, "127.0.0.1", 0) as made.address:
        yield made


@pytest.fixture
async def newsroom(tmp_path: Path, net: Hubs) -> AsyncIterator[Newsroom]:
    writer = Writer(new_store(tmp_path / "feedhub.db"))
    made = Newsroom(tmp_path, net)
    async with Fetcher(concurrency=10, per_host=10, clock=lambda: made.now) as fetcher:
        async with served(await made.open(fetcher, writer), "127.0.0.1", 0) as made.address:
            yield made
        await made.desk.close()
        made.reader.close()
        await writer.close()


def hub_links(net: Hubs, hub: str = "/hub", topic: str = "/feed") -> list[str]:
    return [f'<{net.address}{hub}>; rel="hub"', f"<{net.address}{topic}>; rel=self"]
