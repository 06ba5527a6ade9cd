"""A desk over a real store, served on loopback, as the tests of what is served share it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from build import BUDGET, QUAKE, START, item, new_store, printed, settings, source
from feedhub.daemon.desk import Desk
from feedhub.model import Topic
from feedhub.store.writing import Store
from feedhub.web.app import application
from feedhub.web.metrics import Intake, Metrics
from feedhub.web.server import served
from in_front import visitors

TOPICS = [Topic(id="all", title="All <news>", match=""), Topic(id="quakes", title="Quakes", match="quake*")]
SOURCES = [source("herald"), source("tsubame", agency="tsubame")]


@dataclass
class Clock:
    """The time of a site; tests set it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        """Let time pass."""
        self.now += span


@dataclass
class Site:
    """A desk with stories, served."""

    address: str
    desk: Desk
    store: Store
    intake: Intake
    session: aiohttp.ClientSession
    clock: Clock = field(default_factory=Clock)
    trouble: str | None = None

    async def get(self, path: str, **headers: str) -> tuple[int, aiohttp.ClientResponse, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(self.address + path, headers=named) as response:
            return response.status, response, await response.read()

    async def text(self, path: str, status: int = 200, **headers: str) -> str:
        got, _, body = await self.get(path, **headers)
        assert got == status, body
        return body.decode()

    async def post(self, path: str, *fields: tuple[str, str], **headers: str) -> tuple[int, aiohttp.ClientResponse]:
        """Send a form, as a browser does from a page of the site; redirects are not followed."""
        named = {"Origin": self.address, **{name.replace("_", "-"): value for name, value in headers.items()}}
        named = {name: value for name, value in named.items() if value}
        form = aiohttp.FormData(list(fields))
        async with self.session.post(self.address + path, data=form, headers=named, allow_redirects=False) as response:
            await response.read()
            return response.status, response

    def print(self, *args: Any, **keys: Any) -> None:
        """Print something and tell the desk, as the daemon does."""
        self.desk.changed(printed(self.store, *args, **keys).topics)


@asynccontextmanager
async def opened(
    directory: Path, sources: Sequence[Any] = SOURCES, topics: Sequence[Topic] = TOPICS, **fields: Any
) -> AsyncIterator[Site]:
    """Serve a store of these sources and topics, which is empty where there was none."""
    chosen = settings(directory / "feedhub.db", list(sources), list(topics), **fields)
    store = Store(chosen.database, "a test") if chosen.database.exists() else new_store(chosen.database)
    clock = Clock()
    store.configure(chosen, START)

    async def asked(what: str, *arguments: Any) -> Any:
        match what:
            case "rule":
                number, topics = store.rule(*arguments, clock())
                desk.ruled(topics)
                return number
            case "trouble":
                return site.trouble
            case "intake":
                return await site.intake.text()

    desk = Desk(chosen, chosen.database, asked)
    async with (
        served(application(desk, Metrics(), clock), "127.0.0.1", 0) as address,
        aiohttp.ClientSession(
            connector=visitors(),
            auto_decompress=False,
            headers={"Accept-Encoding": "identity"},
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # that is, of hosts that are bare addresses as well
        ) as session,
    ):
        site = Site(address, desk, store, Intake(), session, clock)
        yield site
    await desk.close()
    store.close()


def print_quake(site: Site) -> None:
    """One story in two papers, another in one."""
    site.print("tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    site.print("herald", item("herald", "Strong quake <b>hits</b>", QUAKE), item("herald", "Budget", BUDGET))
