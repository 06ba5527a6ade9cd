"""Days of polling in minutes: the daemon's parts over a thousand sources, some faulty, on a clock that runs fast.

    python bench/soak.py --hours 72 --sources 1000

Prints what must not grow: memory by fetches, descriptors, threads, tasks, children, the log of the database, and how
late what is due is polled; exits with 1 where one of them does.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from feedhub.daemon import polls as polling
from feedhub.daemon.writer import Writer
from feedhub.fetch import Fetcher
from feedhub.model import Outline, PollReport, Settings, Source, Topic
from feedhub.parse.workers import ParserPool
from feedhub.pipeline import Doors
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from settings import settings_of

START = datetime(2026, 11, 23, tzinfo=UTC)
STEP = timedelta(minutes=5)  # of the fast clock, between two looks at what is due
SLOPE = 1.0  # MB that memory may grow in 10,000 fetches, once the caches are full
ENOUGH = 5_000  # fetches from which on a slope says anything
LOG = 64  # MB of the database's write-ahead log
LATE = timedelta(minutes=15)  # of the fast clock, that a due source may wait
FAULTY = 0.05  # of all sources
ITEMS = 8  # in a feed


@dataclass
class Measure:
    """What there is at one moment."""

    fetches: int
    memory: float  # MB, of this process
    descriptors: int
    threads: int
    tasks: int
    children: int
    log: float  # MB


class Papers:
    """A server that prints by the fast clock; every so many of its feeds is faulty in its own way."""

    def __init__(self) -> None:
        self.now = START
        self.asked = 0
        self._chance = random.Random(3)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            writer.write(self._answer(int(head.split(b" ", 2)[1][1:])))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, number: int) -> bytes:
        if self._chance.random() < FAULTY:
            return self._chance.choice(_FAULTS)
        turn = int((self.now - START) / timedelta(hours=2)) + number % 5
        items = "".join(self._item(number, turn - back) for back in range(ITEMS))
        body = f"<rss version='2.0'><channel><title>{number}</title>{items}</channel></rss>".encode()
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    def _item(self, number: int, turn: int) -> str:
        words = random.Random(turn * 977 + number // 4)  # four papers print one text
        text = " ".join(words.choice(_WORDS) for _ in range(120))
        date = format_datetime(START + turn * timedelta(hours=2))
        return (
            f"<item><guid isPermaLink='false'>{number}-{turn}</guid><title>{text[:60]}</title><pubDate>{date}</pubDate>"
            f"<link>http://p{number}.example/{turn}</link><description>{text}</description></item>"
        )


_WORDS = [first + last for first in "bdfghklmnprstvz" for last in ("ado", "emi", "iku", "ona", "uri", "alen", "osti")]
_FAULTS = (
    b"", b"HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
    b"SSH-2.0-junk\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n<rss>",
    b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html>no feed", b"HTTP/1.1 302 F\r\nLocation: http://10.0.0.1/\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\njunk",
)  # fmt: skip


def configuration(folder: Path, count: int, address: str) -> Settings:
    """So many sources of one server."""
    sources = tuple(
        Source(
            id=f"s{number}", url=f"{address}/{number}", title=f"Paper {number}", outlet=f"Paper {number}",
            min_interval=timedelta(minutes=30), max_interval=timedelta(hours=2), timeout=timedelta(seconds=10),
            allow_private=True,
        )
        for number in range(count)
    )  # fmt: skip
    return settings_of(
        folder, sources, [Topic(id="all", title="All", match="")],
        retention=timedelta(hours=18), gap=timedelta(0), concurrency=50, per_host=50,
    )  # fmt: skip


def measured(fetches: int, database: Path) -> Measure:
    """Look at this process."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    own = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    log = database.with_name(database.name + "-wal")
    return Measure(
        fetches=fetches,
        memory=resident,
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        threads=len(list(Path("/proc/self/task").iterdir())),
        tasks=len(asyncio.all_tasks()),
        children=len(own),
        log=log.stat().st_size / 1e6 if log.exists() else 0.0,
    )


class Soak:
    """The daemon's parts, the papers, and the clock."""

    def __init__(self, settings: Settings, papers: Papers):
        self._settings, self._papers = settings, papers
        self._late = timedelta(0)
        self.measures: list[Measure] = []

    async def run(self, hours: float) -> timedelta:
        """Poll through so many hours; returns how late the latest due source was polled."""
        store = Store(self._settings.database, "soak")
        writer = Writer(store)
        await writer.do(lambda store: store.configure(self._settings, self._papers.now))
        parser = ParserPool(self._settings.workers)
        parser.start()
        async with Fetcher(concurrency=50, per_host=50, clock=lambda: self._papers.now) as fetcher:

            async def known(source_id: str) -> Outline:
                return await writer.do(lambda store: store.known(source_id))

            doors = Doors(fetcher, parser, known, lambda: self._papers.now)
            polls = polling.Polls(writer, doors, self._settings, self._told)
            for step in range(int(timedelta(hours=hours) / STEP)):
                await self._step(step, polls, writer)
            await polls.drain()
        parser.close()
        await writer.close()
        return self._late

    async def _step(self, step: int, polls: polling.Polls, writer: Writer) -> None:
        self._papers.now += STEP
        await polls.due()
        while await writer.do(Store.index_words):
            pass
        while (await writer.do(lambda store: store.relate(self._papers.now)))[0]:
            pass
        if step % 12 == 11:  # every hour
            await writer.do(lambda store: store.prune(self._papers.now))
            self._late = max(self._late, await writer.do(self._lag))
            self.measures.append(measured(self._papers.asked, self._settings.database))

    def _lag(self, store: Store) -> timedelta:
        reader = Reader(self._settings.database)
        due = [state.next_poll for state in reader.polled.sources() if state.next_poll]
        reader.close()
        return max(timedelta(0), self._papers.now - min(due, default=self._papers.now))

    def _told(self, report: PollReport) -> None:
        """Nobody watches."""


def slope(measures: list[Measure]) -> float:
    """MB of memory per 10,000 fetches, by least squares."""
    x = [one.fetches / 10_000 for one in measures]
    y = [one.memory for one in measures]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((one - mean_x) ** 2 for one in x)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread if spread else 0.0


def faults(measures: list[Measure], late: timedelta) -> list[str]:
    """What grew that must not: judged by the second half, when caches are full and the first items are let go."""
    settled = measures[len(measures) // 2 :]
    first, last = settled[0], settled[-1]
    found = []
    enough = last.fetches - first.fetches >= ENOUGH
    if enough and (rise := slope(settled)) >= SLOPE:
        found.append(f"memory grows by {rise:.2f} MB per 10,000 fetches")
    for name in ("descriptors", "threads", "tasks", "children"):
        if getattr(last, name) > getattr(first, name) + 2:
            found.append(f"{name}: {getattr(first, name)} became {getattr(last, name)}")
    if (most := max(one.log for one in measures)) >= LOG:
        found.append(f"the database's log reached {most:.0f} MB")
    if late > LATE:
        found.append(f"a due source waited {late}")
    return found


async def soak(hours: float, count: int, folder: Path) -> tuple[list[Measure], timedelta]:
    """Run it all; returns the hourly measures and how late polls were."""
    papers = Papers()
    server = await asyncio.start_server(papers.serve, "127.0.0.1", 0, backlog=512)
    try:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        run = Soak(configuration(folder, count, address), papers)
        late = await run.run(hours)
    finally:
        server.close()
    return run.measures, late


def main() -> None:
    """Soak and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--hours", type=float, default=72.0, help="of the fast clock")
    parser.add_argument("--sources", type=int, default=1000)
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="feedhub-soak-") as folder:
        measures, late = asyncio.run(soak(options.hours, options.sources, Path(folder)))
    for one in measures[:: max(1, len(measures) // 12)] + measures[-1:]:
        print(
            f"{one.fetches:7} fetches  {one.memory:6.1f} MB  {one.descriptors:4} descriptors  {one.threads:3} threads  "
            f"{one.tasks:3} tasks  {one.children:2} children  log {one.log:5.1f} MB"
        )
    settled = measures[len(measures) // 2 :]
    print(f"{slope(settled):.2f} MB per 10,000 fetches; latest poll {late} late; {time.monotonic() - start:.0f} s")
    wrong = faults(measures, late)
    print("\n".join(wrong) or "nothing grows")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
