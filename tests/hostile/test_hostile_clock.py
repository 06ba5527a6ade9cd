"""Clocks that are set while the daemon runs: it goes on within a minute, and asks nobody twice as often for it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from aiohttp import web

from build import settings, source
from feedhub.daemon.clock import Clocks
from feedhub.daemon.clockwork import Clockwork
from feedhub.daemon.run import run
from feedhub.model import Settings
from feedhub.store.writing import Store
from feedhub.web.server import served

pytestmark = pytest.mark.timeout(150)

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_how_far_a_clock_was_set_is_told_from_how_long_it_ran() -> None:
    before = Clocks(NOON, 100.0)
    assert Clocks(NOON + timedelta(seconds=60), 160.0).set_by(before) == timedelta(0)
    assert Clocks(NOON - HOUR, 101.0).set_by(before) == -HOUR - timedelta(seconds=1)
    assert Clocks(NOON + HOUR, 101.0).set_by(before) == HOUR - timedelta(seconds=1)


@pytest.mark.slow
async def test_the_clockwork_goes_on_when_the_clock_is_set_back() -> None:
    runs: list[float] = []

    async def job() -> None:
        runs.append(time.monotonic())

    with time_machine.travel(NOON, tick=True) as traveller:
        clockwork = Clockwork()
        clockwork.every(0.5, job, at_once=True)
        async with clockwork.going():
            await _until(lambda: len(runs) > 2, 5)
            traveller.move_to(NOON - HOUR, tick=True)
            seen = len(runs)
            await _until(lambda: len(runs) > seen + 4, 20)
    assert max(later - earlier for earlier, later in pairwise(runs)) < 10


async def test_a_job_that_is_under_way_at_the_end_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    begun = asyncio.Event()

    async def job() -> None:
        begun.set()
        await asyncio.Event().wait()

    clockwork = Clockwork()
    clockwork.every(0.5, job, at_once=True)
    async with clockwork.going():
        await begun.wait()
    await asyncio.sleep(0)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_job_that_takes_longer_than_its_interval_has_its_next_turn_without_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, turns, enough, leave = [0], [0], asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun[0] += 1
        await leave.wait()

    async def quick() -> None:
        turns[0] += 1
        if turns[0] == 5 or begun[0] > 1:
            enough.set()

    clockwork = Clockwork()
    clockwork.every(0.01, slow, at_once=True)
    clockwork.every(0.02, quick, at_once=True)
    async with clockwork.going():
        await enough.wait()
        assert begun == [1], "never twice at once"
        enough.clear()
        leave.set()
        await enough.wait()
    assert begun[0] > 1
    assert not [record.getMessage() for record in caplog.records]


async def _until(truth: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.05)


class Feeds:
    """Feeds that count who asks."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    async def answer(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        self.asked[id] += 1
        item = f"<item><guid>{self.asked[id]}</guid><title>Number {self.asked[id]} of {id}</title></item>"
        return web.Response(text=f"<rss version='2.0'><channel><title>{id}</title>{item}</channel></rss>")

    @asynccontextmanager
    async def served(self, folder: Path, interval: timedelta) -> AsyncIterator[Settings]:
        app = web.Application()
        app.router.add_get("/{id}", self.answer)
        async with served(app, "127.0.0.1", 0) as address:
            limits = {"min_interval": interval, "max_interval": interval, "allow_private": True}
            sources = [source(f"s{n}", url=f"{address}/s{n}", **limits) for n in range(10)]
            yield settings(folder / "feedhub.db", sources, [], per_host=10)


@pytest.mark.slow
@pytest.mark.parametrize(
    "moved", [-HOUR, HOUR, timedelta(days=-40 * 365), timedelta(days=10 * 365)], ids=["-1 h", "+1 h", "1986", "2036"]
)
async def test_polling_goes_on_when_the_clock_is_set(tmp_path: Path, moved: timedelta) -> None:
    feeds = Feeds()
    async with feeds.served(tmp_path, timedelta(seconds=4)) as chosen:
        with time_machine.travel(NOON, tick=True) as traveller:
            daemon = asyncio.create_task(run(chosen, lambda address: None))
            await _until(lambda: len(feeds.asked) == 10, 20)
            traveller.move_to(datetime.now(UTC) + moved, tick=True)
            before = dict(feeds.asked)
            await _until(lambda: all(feeds.asked[id] >= before[id] + 2 for id in before), 50)
            assert max(feeds.asked[id] - before[id] for id in before) <= 2 + 50 // 4
            daemon.cancel()
            await asyncio.gather(daemon, return_exceptions=True)


@pytest.mark.slow
@pytest.mark.parametrize("started", [datetime(1970, 1, 1, 0, 1, tzinfo=UTC), datetime(2036, 2, 8, tzinfo=UTC)])
async def test_a_start_at_any_time_polls_what_is_due_and_puts_nothing_off(tmp_path: Path, started: datetime) -> None:
    feeds = Feeds()
    async with feeds.served(tmp_path, HOUR) as chosen:
        with time_machine.travel(NOON, tick=True):
            await _run_until(lambda: len(feeds.asked) == 10, chosen)
        with time_machine.travel(started, tick=True):
            assert _last_due(chosen, started) - started <= 2 * HOUR
            if started > NOON:
                before = feeds.asked.total()
                await _run_until(lambda: feeds.asked.total() > before, chosen)


async def _run_until(truth: Callable[[], bool], chosen: Settings) -> None:
    daemon = asyncio.create_task(run(chosen, lambda address: None))
    await _until(truth, 30)
    daemon.cancel()
    await asyncio.gather(daemon, return_exceptions=True)


def _last_due(chosen: Settings, moment: datetime) -> datetime:
    """When the last source is due, as of a start at this moment."""
    with closing(Store(chosen.database, "a test")) as store:
        store.configure(chosen, moment)
    with closing(sqlite3.connect(chosen.database)) as conn:
        return datetime.fromtimestamp(conn.execute("SELECT max(next_at) FROM schedule").fetchone()[0], UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_summer_time_is_no_change_of_the_clock(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before = Clocks.read()
        assert before.wall.tzinfo is UTC
        assert abs(Clocks.read().set_by(before)) < timedelta(seconds=1)
    finally:
        monkeypatch.undo()
        time.tzset()
