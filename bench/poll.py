"""Poll local feeds and say how fast: `python bench/poll.py --sources 500 --items 30`.

Four rounds: a first poll, one in which everything answers 304, one without validators in which every document is the
same byte for byte, and one in which every feed has one new item. Measured are feedhub, PyPI's `reader`, and, as the
floor, a bare pipeline of asyncio, lxml and executemany that keeps ids, titles and texts and does nothing else. Each
runs in processes of its own against one server, one after the other. CPU seconds are those of the program with all its
children; the server's are not counted. Prints a table and one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

ROUNDS = ("first", "all 304", "same body", "one new each")
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
# As many words as a newspaper uses in a week: with fewer, unrelated texts would share phrases by chance.
SYLLABLES = [a + b for a in "bdfghklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
WORDS = [a + b for a in SYLLABLES for b in SYLLABLES]

# --- the server ----------------------------------------------------------------------------------------


def entry(source: int, number: int) -> str:
    """One item of about 1.5 kB of text, the same on every call, no two alike."""
    chosen = Random(source * 10_000 + number)
    words = chosen.choices(WORDS, k=220)
    text = "".join(f"&lt;p&gt;{' '.join(words[at : at + 44])}.&lt;/p&gt;" for at in range(0, 220, 44))
    at = (START - timedelta(minutes=5 * (1000 - number))).strftime("%a, %d %b %Y %H:%M:%S GMT")
    link = f"http://site{source}.example/{number}"
    return (
        f"<item><title>{' '.join(words[:9])} {source}-{number}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{at}</pubDate><description>{text}</description></item>"
    )


def feed(source: int, items: int, newer: int) -> bytes:
    """A feed of `items` items, shifted by `newer`, the newest first."""
    listed = "".join(entry(source, number) for number in range(items + newer - 1, newer - 1, -1))
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>S{source}</title>{listed}</channel></rss>".encode()


def serve(sources: int, items: int, ready: Any) -> None:
    """Answer until killed. /N serves feed N; /mode/304, /mode/bare and /mode/new change what all do from then on."""
    from aiohttp import web

    mode_now, newer_now = "304", 0
    bodies = {(n, newer): feed(n, items, newer) for n in range(sources) for newer in (0, 1)}

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


def feedhub(directory: Path, address: str, sources: int) -> None:
    """One `feedhub poll` of all sources, by the parts that the command is made of."""
    from feedhub.daemon import once
    from feedhub.model import Settings, Source, Topic

    listed = [
        Source(id=f"s{n}", url=f"{address}/{n}", title=f"S{n}", outlet=f"S{n}", allow_private=True)
        for n in range(sources)
    ]
    settings = Settings(
        file=directory / "feedhub.toml", host="127.0.0.1", port=0, public_url="http://127.0.0.1",
        database=directory / "feedhub.db", retention=timedelta(days=30), log_format="text",
        workers=2, concurrency=100, per_host=100, sources=tuple(listed),
        topics=(Topic(id="all", title="All", match=""),),
    )  # fmt: skip
    reports = asyncio.run(once.poll(settings, [source.id for source in listed], lambda report: None))
    failed = [report for report in reports if report.outcome in ("failed", "lost")]
    assert len(reports) == sources, len(reports)
    assert not failed, failed[0]


def reader(directory: Path, address: str, sources: int) -> None:
    """`reader`, its feeds fetched by twenty threads.

    It looks at a feed once an hour, so its clock is put forward by two hours every round.
    """
    from reader import FeedExistsError, make_reader

    counter = directory / "rounds"
    rounds = int(counter.read_text()) if counter.exists() else 0
    counter.write_text(str(rounds + 1))
    own = make_reader(str(directory / "reader.db"), feed_root=None)
    object.__setattr__(own, "_now", lambda: datetime.now(UTC) + timedelta(hours=2 * rounds))
    for n in range(sources):
        try:
            own.add_feed(f"{address}/{n}")
        except FeedExistsError:
            pass
    results = list(own.update_feeds_iter(workers=20))
    assert len(results) == sources, len(results)
    assert not any(isinstance(result.value, Exception) for result in results)
    own.close()


def bare(directory: Path, address: str, sources: int) -> None:
    """The floor: fetch, lxml, executemany."""
    import aiohttp
    from lxml import etree

    db = sqlite3.connect(directory / "bare.db")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(
        "CREATE TABLE IF NOT EXISTS items (source INT, guid TEXT, title TEXT, text TEXT, PRIMARY KEY (source, guid))"
    )
    db.execute("CREATE TABLE IF NOT EXISTS sources (id INTEGER PRIMARY KEY, etag TEXT, body BLOB)")
    known = {row[0]: row[1:] for row in db.execute("SELECT id, etag, body FROM sources")}

    async def poll(session: aiohttp.ClientSession, slots: asyncio.Semaphore, n: int) -> None:
        etag, old = known.get(n, (None, None))
        async with slots, session.get(f"{address}/{n}", headers={"If-None-Match": etag} if etag else {}) as response:
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
        db.executemany("INSERT OR IGNORE INTO items VALUES (?, ?, ?, ?)", rows)
        db.execute("INSERT OR REPLACE INTO sources VALUES (?, ?, ?)", (n, response.headers.get("ETag"), digest))

    async def all_of_them() -> None:
        slots = asyncio.Semaphore(100)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await asyncio.gather(*(poll(session, slots, n) for n in range(sources)))

    asyncio.run(all_of_them())
    db.commit()
    db.close()


PROGRAMS: dict[str, Callable[[Path, str, int], None]] = {"feedhub": feedhub, "reader": reader, "bare": bare}

# --- measuring -----------------------------------------------------------------------------------------


def measured(name: str, directory: Path, address: str, sources: int, answer: Any) -> None:
    """Run one program's round in this process and send what it took."""
    wall = time.perf_counter()
    PROGRAMS[name](directory, address, sources)
    wall = time.perf_counter() - wall
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    peak = (own.ru_maxrss + children.ru_maxrss) / 1024
    answer.send({"wall": wall, "cpu": cpu, "peak_mb": peak})


def round_of(name: str, directory: Path, address: str, sources: int) -> dict[str, float]:
    """One round in a fresh process."""
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=measured, args=(name, directory, address, sources, send))
    process.start()
    send.close()
    try:
        answer: dict[str, float] = receive.recv()
    except EOFError:
        sys.exit(f"{name} failed")
    process.join()
    return answer


def switch(address: str, mode: str, newer: int) -> None:
    """Tell the server what to do from now on."""
    import urllib.request

    urllib.request.urlopen(f"{address}/mode/{mode}/{newer}").read()


def run(name: str, address: str, sources: int) -> dict[str, dict[str, float]]:
    """The four rounds of one program, over one database."""
    results = {}
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as directory:
        for title, mode, newer in zip(ROUNDS, ("304", "304", "bare", "304"), (0, 0, 0, 1), strict=True):
            switch(address, mode, newer)
            results[title] = round_of(name, Path(directory), address, sources)
    return results


def median(runs: list[dict[str, dict[str, float]]], title: str, key: str) -> float:
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
    runs: dict[str, list[dict[str, dict[str, float]]]] = {name: [] for name in names}
    for _ in range(given.repeat):
        for name in names:
            runs[name].append(run(name, address, given.sources))
    server.kill()
    show(runs, given.sources, given.items)


def show(runs: dict[str, list[dict[str, dict[str, float]]]], sources: int, items: int) -> None:
    """A table for people, a line for programs."""
    print(f"{sources} feeds of {items} items, {os.cpu_count()} cores, medians of {len(next(iter(runs.values())))}")
    print(f"{'':10}" + "".join(f"{title:>34}" for title in ROUNDS))
    print(f"{'':10}" + "".join(f"{'s':>10}{'feeds/s':>8}{'CPU s/1000':>10}{'MB':>6}" for _ in ROUNDS))
    result: dict[str, Any] = {"sources": sources, "items": items}
    for name, repeated in runs.items():
        row, result[name] = "", {}
        for title in ROUNDS:
            wall, cpu, peak = (median(repeated, title, key) for key in ("wall", "cpu", "peak_mb"))
            row += f"{wall:>10.2f}{sources / wall:>8.0f}{cpu / sources * 1000:>10.2f}{peak:>6.0f}"
            result[name][title] = {
                "seconds": round(wall, 3),
                "sources_per_s": round(sources / wall, 1),
                "cpu_s_per_1000": round(cpu / sources * 1000, 2),
                "peak_mb": round(peak),
            }
        print(f"{name:10}{row}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
