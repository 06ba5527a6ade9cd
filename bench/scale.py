"""Fill a database, start the daemon over it, and see what it costs: `python bench/scale.py --items 1000000`.

10,000 sources on a local server, a million stored items. Measured on the real program, from outside: memory, the time
from its start to the first poll, how long a reload takes and whether polls pause for it, how topic feeds are answered
while all sources are due and while one entry of 1 MiB is read. Then on the database alone: a topic's page, and letting
go of 100,000 items step by step. The database is filled by SQL, as polling it full takes an hour.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import multiprocessing
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from feedhub.daemon import control
from feedhub.daemon.settings import load
from feedhub.store import Pruned, Reader, Store, words

NOW = datetime.now(UTC)
DAY = 86400.0
WORDS = [a + b + c for a in "bdgkmnrst" for b in ("ai", "en", "or", "un") for c in ("ta", "lo", "mi", "ne", "su")]
OLD = 100_000  # items that left their feeds longer ago than they are kept
LARGE = 1 << 20  # bytes of the one entry that takes long

# --- the sources -----------------------------------------------------------------------------------------


def document(source: int) -> bytes:
    """Five items; the first source has one of 1 MiB."""
    chosen, items = Random(source), ""
    for n in range(5):
        words = chosen.choices(WORDS, k=LARGE // 6 if (source, n) == (0, 0) else 60)
        title, text = " ".join(words[:8]), " ".join(words)
        items += f"<item><title>{title}</title><guid>new-{n}</guid><description>{text}</description></item>"
    return f"<rss version='2.0'><channel><title>S{source}</title>{items}</channel></rss>".encode()


def serve(pipe: Any) -> None:
    """Answer /N with a document, the second time with 304; tell when each request came."""
    from aiohttp import web

    came: list[float] = []

    async def one(request: web.Request) -> web.Response:
        came.append(time.time())
        number = int(request.match_info["n"])
        if "If-None-Match" in request.headers:
            return web.Response(status=304)
        return web.Response(body=document(number), content_type="application/rss+xml", headers={"ETag": f'"{number}"'})

    async def times(request: web.Request) -> web.Response:
        return web.json_response(came)

    async def start() -> None:
        app = web.Application()
        app.router.add_get("/times", times)
        app.router.add_get(r"/{n:\d+}", one)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(start())


def requests(server: str) -> list[float]:
    """When requests came, in Unix seconds."""
    import json
    import urllib.request

    times: list[float] = json.loads(urllib.request.urlopen(f"{server}/times").read())
    return times


# --- filling ---------------------------------------------------------------------------------------------


def configuration(directory: Path, server: str, sources: int) -> Path:
    """Of so many sources and twenty topics."""
    lines = [
        '[daemon]\nlisten = "127.0.0.1:0"\npublic_url = "http://127.0.0.1"',
        f'database = "{directory}/feedhub.db"\n[polling]\nper_host = 100\nmin_interval = "1h"',
        '[topics.all]\ntitle = "All"\nmatch = ""',
        *(f'[topics.t{n}]\ntitle = "Topic {n}"\nmatch = "{WORDS[n]}{WORDS[n + 40]}"' for n in range(20)),
        *(f'[sources.s{n}]\nurl = "{server}/{n}"\ntitle = "Source {n}"\nallow_private = true' for n in range(sources)),
    ]
    file = directory / "feedhub.toml"
    file.write_text("\n".join(lines))
    return file


def fill(file: Path, sources: int, items: int) -> None:
    """Items and their stories, a month of them; a tenth left their feeds too long ago."""
    settings = load(file)
    store = Store(settings.database, "bench")
    store.configure(settings, NOW)
    store.close()
    conn = sqlite3.connect(settings.database, isolation_level=None)
    conn.execute("PRAGMA synchronous = OFF")
    conn.execute("BEGIN")
    conn.executemany(
        """INSERT INTO items (id, source, guid, story, digest, published, first_seen, dropped, complete, share, length,
            language, link, title, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 1, ?, 'en', ?, ?, ?)""",
        rows(sources, items),
    )
    conn.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'items'", (items,))
    conn.executemany(
        "INSERT INTO stories (id, uuid, canonical, core, outlets, published, updated) VALUES (?, ?, ?, ?, 1, ?, ?)",
        ((id, str(uuid4()), id, id, at, at) for id in range(1, items + 1) for at in (published(id, items),)),
    )
    conn.execute(
        "INSERT INTO entries (topic, story, published, entered) SELECT 'all', id, published, published FROM stories"
    )
    conn.execute("INSERT INTO history SELECT 'all', id, id FROM stories")
    recent = max(1, items - items * 8 // 30)
    chosen = Random(1)
    conn.executemany(
        "INSERT INTO fingerprints VALUES (?, ?, ?)",
        (
            (id, published(id, items), array("I", [chosen.getrandbits(32) for _ in range(14)]).tobytes())
            for id in range(recent, items + 1)
        ),
    )
    words.catch_up(conn, OLD * items // 1_000_000)  # those that are to be let go of
    conn.execute("UPDATE words_upto SET item = ?", (items,))
    conn.execute("COMMIT")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()


def published(id: int, items: int) -> float:
    """Over a month, the last one now."""
    return NOW.timestamp() - 30 * DAY * (items - id) / items


def rows(sources: int, items: int) -> Iterator[tuple[object, ...]]:
    """The items: each source lists its newest thirty, the others have left it."""
    chosen = Random(2)
    for id in range(1, items + 1):
        at = published(id, items)
        dropped = NOW.timestamp() - 40 * DAY if id <= OLD * items // 1_000_000 else at + DAY
        listed = id > items - 30 * sources
        text = " ".join(chosen.choices(WORDS, k=90))
        link = f"http://s{id % sources}.example/{id}"
        yield (
            id, f"s{id % sources}", link, id, chosen.randbytes(12), at, at, None if listed else dropped,
            len(text), link, text[:60], text,
        )  # fmt: skip


# --- the daemon, from outside ------------------------------------------------------------------------------


def memory(pid: int) -> tuple[float, float]:
    """(of the process, of it and its children) in MB, as the kernel counts it now."""
    children = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return _resident(pid), sum(map(_resident, (pid, *children)))


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def answered(address: str, path: str, seconds: float) -> list[float]:
    """Ask for a feed that the client has, fifty times a second; milliseconds that each answer took."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    connection.request("GET", path)
    first = connection.getresponse()
    first.read()
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.perf_counter()
        connection.request("GET", path, headers={"If-None-Match": first.headers["ETag"] or ""})
        connection.getresponse().read()
        took.append((time.perf_counter() - begun) * 1000)
        time.sleep(max(0.0, 0.02 - took[-1] / 1000))
    return took


def p99(values: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


def daemon(file: Path, server: str, sources: int) -> None:
    """Start it, let it drain what is due, reload it, stop it."""
    log = file.with_name("log")
    begun = time.time()
    with log.open("wb") as out:
        command = [sys.executable, "-m", "feedhub", "run", "--config", str(file)]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        address = ready(log, process)
        print(f"start to serving: {time.time() - begun:.2f} s")
        took = answered(address, "/topics/t1.atom", 20)
        times = requests(server)
        print(f"start to first poll: {times[0] - begun:.2f} s")
        print(f"polls a second while draining: {len(times) / (times[-1] - times[0]):.0f}, {len(times)} of {sources}")
        print(
            f"served 304s while draining: median {statistics.median(took):.1f} ms, p99 {p99(took):.1f} ms, "
            f"most {max(took):.1f} ms"
        )
        own, whole = memory(process.pid)
        print(f"memory: {own:.0f} MB, with the parsers {whole:.0f} MB")
        reload(file, server)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def ready(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait until its log says where it serves."""
    while process.poll() is None:
        for word in log.read_text().split():
            if word.startswith("address="):
                return word.removeprefix("address=").strip('"')
        time.sleep(0.01)
    raise SystemExit(log.read_text())


def reload(file: Path, server: str) -> None:
    """Have the same configuration read again with one title changed."""
    file.write_text(file.read_text().replace('"Source 1"', '"The Source 1"'))
    begun = time.time()
    asyncio.run(_ask(load(file).database, {"do": "reload"}))
    ended = time.time()
    time.sleep(1)
    within = [begun, *(at for at in requests(server) if begun < at < ended), ended]
    pause = max(later - earlier for earlier, later in pairwise(within))
    print(f"reload: {ended - begun:.2f} s, longest pause between polls meanwhile {pause:.2f} s")


async def _ask(database: Path, request: control.Answer) -> None:
    reader, writer = await asyncio.open_unix_connection(str(control.socket_path(database)), limit=control.LINE)
    writer.write(f'{{"do": "{request["do"]}"}}\n'.encode())
    await writer.drain()
    print("answer to the reload:", (await reader.readline()).decode().strip())
    writer.close()


# --- the store -------------------------------------------------------------------------------------------


def store(file: Path) -> None:
    """A topic's page, and a prune step by step."""
    settings = load(file)
    first: list[float] = []
    again: list[float] = []
    for _ in range(20):
        reader = Reader(settings.database)
        for took in (first, again):
            begun = time.perf_counter()
            reader.topic_entries("all", 100)
            took.append((time.perf_counter() - begun) * 1000)
        reader.close()
    print(
        f"a topic's 100 stories, read whole: median {statistics.median(first):.1f} ms; "
        f"those that are remembered: {statistics.median(again):.1f} ms"
    )
    writing = Store(settings.database, "bench")
    writing.configure(settings, NOW)
    begun = time.perf_counter()
    pruned, more, steps = Pruned(), True, []
    while more:
        step = time.perf_counter()
        part, more = writing.prune_some(datetime.now(UTC))
        pruned = pruned.with_part(part)
        steps.append((time.perf_counter() - step) * 1000)
    print(f"prune: {pruned.items} items in {time.perf_counter() - begun:.1f} s, the longest step {max(steps):.0f} ms")
    writing.close()


def main() -> None:
    """Fill, measure, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sources", type=int, default=10_000)
    options.add_argument("--items", type=int, default=1_000_000)
    given = options.parse_args()
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    server = context.Process(target=serve, args=(send,), daemon=True)
    server.start()
    address = f"http://127.0.0.1:{receive.recv()}"
    with tempfile.TemporaryDirectory(prefix="feedhub-scale-") as name:
        file = configuration(Path(name), address, given.sources)
        begun = time.perf_counter()
        fill(file, given.sources, given.items)
        size = (Path(name) / "feedhub.db").stat().st_size
        print(f"filled in {time.perf_counter() - begun:.0f} s: {size / 1e6:.0f} MB")
        daemon(file, address, given.sources)
        store(file)
    server.kill()


if __name__ == "__main__":
    main()
