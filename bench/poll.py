"""Poll local feeds and say how fast: `python bench/poll.py --sources 500 --items 30 --repeat 5`.

Five rounds: a first poll; one in which everything answers 304; one without validators in which every document is the
same byte for byte; one in which every feed has one new item; one with five new items. Measured are feedhub, PyPI's
`reader`, and, as the floor, a bare pipeline of asyncio, lxml and executemany that keeps ids, titles and texts and does
nothing else. Each runs in processes of its own against one server, one after the other, and stays up for all rounds,
as the daemon does; what starting takes is told apart. feedhub's rounds are told twice: until all is stored, merged,
indexed for the search and published, that is, until the topic's three feeds have been fetched from it anew; and until
stories are related as well, which it does behind its polls, and the feeds that this changes have been fetched once
more. CPU seconds are those of a program with all its children; the server's are not counted. Prints a table and one
JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Protocol

import uvloop

from family import family

ROUNDS = {  # title -> (what the server answers with, how many items are newer than in the first)
    "first": ("304", 0),
    "all 304": ("304", 0),
    "same body": ("bare", 0),
    "one new each": ("304", 1),
    "five new each": ("304", 6),
}
RELATED = ", related"  # after a round's title: what it took until stories were related as well
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
# Words as frequent as in a language (Zipf): common ones in every text, rare ones in one of thousands.
SYLLABLES = [a + b for a in "bdfghklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
WORDS = [a + b for a in SYLLABLES for b in SYLLABLES] + [
    a + b + c for a in SYLLABLES[:32] for b in SYLLABLES for c in "bdgkmnrst"
]
WEIGHTS = list(accumulate(1 / (rank + 2.7) for rank in range(len(WORDS))))

# --- the server ----------------------------------------------------------------------------------------


@cache
def entry(source: int, number: int) -> str:
    """One item as WordPress writes them, with 220 words, the same on every call, no two alike."""
    chosen = Random(source * 10_000 + number)
    words = chosen.choices(WORDS, cum_weights=WEIGHTS, k=220)
    link = f"http://site{source}.example/2026/11/{number}/"
    linked = f'<a href="{link}#more" rel="nofollow">{words[5]} {words[6]}</a>'
    text = "\n".join(
        f"<p>{' '.join(words[at : at + 22])} {linked}, <strong>{words[at + 22]}</strong> "
        f"{' '.join(words[at + 23 : at + 44])}.</p>"
        for at in range(0, 220, 44)
    )
    image = (
        f'<img class="wp-image-{number}" src="/wp-content/{number}.jpg" alt="{words[3]}" width="640" height="360" />'
    )
    at = (START - timedelta(minutes=5 * (1000 - number))).strftime("%a, %d %b %Y %H:%M:%S +0000")
    categories = "".join(f"<category><![CDATA[{word}]]></category>" for word in words[10:13])
    return (
        f"<item>\n<title>{' '.join(words[:9])} {source}-{number}</title>\n<link>{link}</link>\n"
        f"<comments>{link}#respond</comments>\n<dc:creator><![CDATA[{words[7]} {words[8]}]]></dc:creator>\n"
        f"<pubDate>{at}</pubDate>\n{categories}\n"
        f'<guid isPermaLink="false">http://site{source}.example/?p={number}</guid>\n'
        f"<description><![CDATA[{' '.join(words[:44])} [&#8230;]]]></description>\n"
        f"<content:encoded><![CDATA[<figure>{image}</figure>\n{text}]]></content:encoded>\n"
        f"<slash:comments>{number % 7}</slash:comments>\n</item>\n"
    )


def feed(source: int, items: int, newer: int) -> bytes:
    """A feed of `items` items, shifted by `newer`, the newest first."""
    listed = "".join(entry(source, number) for number in range(items + newer - 1, newer - 1, -1))
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
    xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>S{source}</title>
    <link>http://site{source}.example</link><description>News</description>
    <lastBuildDate>Mon, 23 Nov 2026 08:0{newer}:00 +0000</lastBuildDate><language>en-US</language>
    {listed}</channel></rss>""".encode()


def serve(sources: int, items: int, ready: Any) -> None:
    """Answer until killed. /N serves feed N; /mode/304, /mode/bare and /mode/new change what all do from then on."""
    from aiohttp import web

    mode_now, newer_now = "304", 0
    bodies = {
        (n, newer): feed(n, items, newer) for n in range(sources) for newer in {newer for _, newer in ROUNDS.values()}
    }

    async def one(request: web.Request) -> web.Response:
        number = int(request.match_info["n"])
        body, tag = bodies[number, newer_now], f'"{number}-{newer_now}"'
        if mode_now == "bare":
            return web.Response(body=body, content_type="application/rss+xml")
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=body, content_type="application/rss+xml", headers={"ETag": tag})

    async def mode(request: web.Request) -> web.Response:
        nonlocal mode_now, newer_now
        mode_now, newer_now = request.match_info["mode"], int(request.match_info["newer"])
        return web.Response(text="ok")

    async def start() -> None:
        app = web.Application()
        app.router.add_get("/mode/{mode}/{newer}", mode)
        app.router.add_get(r"/{n:\d+}", one)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
        ready.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(start())


# --- those who poll ------------------------------------------------------------------------------------


class Program(Protocol):
    """Stays up for all rounds."""

    def poll(self) -> None: ...

    def relate(self) -> None: ...

    def close(self) -> None: ...


class FeedHub:
    """The daemon's parts, wired as it wires them: store, parsers, fetcher, polls, served feeds."""

    def __init__(self, directory: Path, address: str, sources: int):
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does
        self._loop = uvloop.new_event_loop()
        self._stack = AsyncExitStack()
        self._ids = [f"s{n}" for n in range(sources)]
        self._loop.run_until_complete(self._open(directory, address))

    async def _open(self, directory: Path, address: str) -> None:
        import aiohttp

        from feedhub.daemon.clock import now
        from feedhub.daemon.desk import Desk
        from feedhub.daemon.interpreter import collect_seldom, switch_often
        from feedhub.daemon.opening import opened, storing
        from feedhub.daemon.polls import Polls
        from feedhub.model import Source, Topic
        from feedhub.parse.workers import ParserPool
        from feedhub.web.app import application
        from feedhub.web.metrics import Metrics
        from feedhub.web.server import served
        from settings import settings_of

        listed = [
            Source(id=id, url=f"{address}/{n}", title=id, outlet=id, allow_private=True)
            for n, id in enumerate(self._ids)
        ]
        settings = settings_of(directory, listed, [Topic(id="all", title="All", match="")], workers=2)
        self._writer = await self._stack.enter_async_context(storing(settings, "bench"))
        parser = ParserPool(settings.workers)
        doors, settings = await self._stack.enter_async_context(opened(settings, self._writer, parser))
        parser.start()
        self._desk = Desk(settings, settings.database, _nobody_rules)
        self._stack.push_async_callback(self._desk.close)
        web = await self._stack.enter_async_context(
            served(application(self._desk, Metrics(), now), settings.host, settings.port)
        )
        self._topic = f"{web.rstrip('/')}/topics/all"
        self._client = await self._stack.enter_async_context(aiohttp.ClientSession())
        self._polls = Polls(self._writer, doors, settings, lambda report: self._desk.changed(report.topics))
        switch_often()
        collect_seldom()

    def poll(self) -> None:
        """Poll all, and publish what changed."""
        self._loop.run_until_complete(self._poll())

    def relate(self) -> None:
        """Link stories of one event, and publish what that changed."""
        self._loop.run_until_complete(self._relate())

    async def _poll(self) -> None:
        from feedhub.store.writing import Store

        reports = await self._polls.these(self._ids)
        assert len(reports) == len(self._ids), len(reports)
        failed = [report for report in reports if report.outcome in ("failed", "lost")]
        assert not failed, failed[0]
        while await self._writer.do(Store.index_words):
            pass
        await self._fetched()

    async def _relate(self) -> None:
        from feedhub.daemon.clock import now

        waiting, told = True, False
        while waiting:
            waiting, topics = await self._writer.do(lambda store: store.relate(now()))
            if topics:
                told = True
                self._desk.changed(topics)
        if told:
            await self._fetched()

    async def _fetched(self) -> None:
        """The topic's feeds, asked for as readers would."""
        for form in ("atom", "rss", "json"):
            async with self._client.get(f"{self._topic}.{form}") as answer:
                assert answer.status == 200, answer
                assert await answer.read()

    def close(self) -> None:
        """End it."""
        self._loop.run_until_complete(self._stack.aclose())
        self._loop.close()


async def _nobody_rules(verb: str, names: Sequence[str], who: str) -> int:
    raise AssertionError("nobody rules while this is measured")


class Reader:
    """`reader`, its feeds fetched by twenty threads.

    It looks at a feed once an hour, so its clock is put forward by two hours every round.
    """

    def __init__(self, directory: Path, address: str, sources: int):
        from reader import make_reader

        self._reader = make_reader(str(directory / "reader.db"), feed_root=None)
        self._sources, self._rounds = sources, 0
        for n in range(sources):
            self._reader.add_feed(f"{address}/{n}")

    def poll(self) -> None:
        """Update all feeds."""
        hours = 2 * self._rounds
        self._rounds += 1
        object.__setattr__(self._reader, "_now", lambda: datetime.now(UTC) + timedelta(hours=hours))
        results = list(self._reader.update_feeds_iter(workers=20))
        assert len(results) == self._sources, len(results)
        assert not any(isinstance(result.value, Exception) for result in results)

    def relate(self) -> None:
        """It relates nothing."""

    def close(self) -> None:
        """End it."""
        self._reader.close()


class Bare:
    """The floor: fetch, lxml, executemany."""

    def __init__(self, directory: Path, address: str, sources: int):
        self._address, self._sources = address, sources
        self._db = sqlite3.connect(directory / "bare.db")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(
            "CREATE TABLE items (source INT, guid TEXT, title TEXT, text TEXT, PRIMARY KEY (source, guid))"
        )
        self._known: dict[int, tuple[str | None, bytes]] = {}

    def poll(self) -> None:
        """Fetch all, insert what is new."""
        asyncio.run(self._poll())
        self._db.commit()

    def relate(self) -> None:
        """It relates nothing."""

    async def _poll(self) -> None:
        import aiohttp

        slots = asyncio.Semaphore(100)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await asyncio.gather(*(self._one(session, slots, n) for n in range(self._sources)))

    async def _one(self, session: Any, slots: asyncio.Semaphore, n: int) -> None:
        from lxml import etree

        etag, old = self._known.get(n, (None, b""))
        asked = {"If-None-Match": etag} if etag else {}
        async with slots, session.get(f"{self._address}/{n}", headers=asked) as response:
            if response.status == 304:
                return
            body = await response.read()
        digest = blake2b(body, digest_size=16).digest()
        if digest == old:
            return
        rows = [
            (n, item.findtext("guid"), item.findtext("title"), item.findtext("description"))
            for item in etree.fromstring(body).iter("item")
        ]
        self._db.executemany("INSERT OR IGNORE INTO items VALUES (?, ?, ?, ?)", rows)
        self._known[n] = (response.headers.get("ETag"), digest)

    def close(self) -> None:
        """End it."""
        self._db.close()


PROGRAMS: dict[str, Callable[[Path, str, int], Program]] = {"feedhub": FeedHub, "reader": Reader, "bare": Bare}

# --- measuring -----------------------------------------------------------------------------------------


def cpu() -> float:
    """CPU seconds of this process and of its children, those that ended included."""
    times = os.times()
    living = 0
    _, *children = family(os.getpid())
    for _, pid in children:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        living += int(stat[11]) + int(stat[12])
    return sum(times[:4]) + living / os.sysconf("SC_CLK_TCK")


def peak() -> float:
    """The most memory that this process and each of its children ever had, in MB."""
    lines = [line for _, pid in family(os.getpid()) for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def measured(name: str, directory: Path, address: str, sources: int, pipe: Any) -> None:
    """Run one program in this process; for each word from the pipe one round, and what it took is sent back twice."""
    begun = time.perf_counter()
    program = PROGRAMS[name](directory, address, sources)
    pipe.send({"wall": time.perf_counter() - begun, "cpu": cpu(), "peak_mb": peak()})
    while pipe.recv():
        used, begun = cpu(), time.perf_counter()
        for step in (program.poll, program.relate):
            step()
            pipe.send({"wall": time.perf_counter() - begun, "cpu": cpu() - used, "peak_mb": peak()})
    program.close()
    pipe.send(None)


def switch(address: str, mode: str, newer: int) -> None:
    """Tell the server what to do from now on."""
    import urllib.request

    urllib.request.urlopen(f"{address}/mode/{mode}/{newer}").read()


Figures = dict[str, dict[str, float]]


def run(name: str, address: str, sources: int) -> Figures:
    """All rounds of one program, over one database."""
    pipe, far = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as directory:
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=measured, args=(name, Path(directory), address, sources, far))
        process.start()
        far.close()
        try:
            results = {"start": pipe.recv()}
            for title, (mode, newer) in ROUNDS.items():
                switch(address, mode, newer)
                pipe.send(title)
                results[title], results[f"{title}{RELATED}"] = pipe.recv(), pipe.recv()
            pipe.send("")
            pipe.recv()
        except EOFError:
            sys.exit(f"{name} failed")
        process.join()
    return results


def median(runs: list[Figures], title: str, key: str) -> float:
    """Over the repetitions."""
    return statistics.median(run[title][key] for run in runs)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sources", type=int, default=500)
    options.add_argument("--items", type=int, default=30)
    options.add_argument("--repeat", type=int, default=1)
    options.add_argument("--only", choices=PROGRAMS, action="append")
    given = options.parse_args()
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    server = context.Process(target=serve, args=(given.sources, given.items, send), daemon=True)
    server.start()
    address = f"http://127.0.0.1:{receive.recv()}"
    names = given.only or list(PROGRAMS)
    runs: dict[str, list[Figures]] = {name: [] for name in names}
    for _ in range(given.repeat):
        for name in names:
            runs[name].append(run(name, address, given.sources))
    server.kill()
    show(runs, given.sources, given.items)


def show(runs: dict[str, list[Figures]], sources: int, items: int) -> None:
    """A table for people, a line for programs."""
    print(f"{sources} feeds of {items} items, {os.cpu_count()} cores, medians of {len(next(iter(runs.values())))}")
    print(f"{'':33}{'s':>8}{'feeds/s':>9}{'CPU s/1000':>12}{'MB':>6}{'speed':>8}{'CPU':>6}  of reader's")
    result: dict[str, Any] = {"sources": sources, "items": items}
    for title in ("start", *(f"{round}{end}" for round in ROUNDS for end in ("", RELATED))):
        for name, repeated in runs.items():
            if title.endswith(RELATED) and name != "feedhub":
                continue
            wall, cpu, peak = (median(repeated, title, key) for key in ("wall", "cpu", "peak_mb"))
            row = f"{title:23}{name:10}{wall:>8.2f}{sources / wall:>9.0f}{cpu / sources * 1000:>12.2f}{peak:>6.0f}"
            if "reader" in runs and title != "start":
                theirs = {key: median(runs["reader"], title, key) for key in ("wall", "cpu")}
                row += f"{theirs['wall'] / wall:>8.1f}{cpu / theirs['cpu']:>6.2f}"
            print(row)
            result.setdefault(name, {})[title] = {
                "seconds": round(wall, 3),
                "cpu_s_per_1000": round(cpu / sources * 1000, 2),
                "peak_mb": round(peak),
            }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
