"""Fill a database, start the daemon over it, and see what it costs: `python bench/scale.py --items 1000000`.

10,000 sources on a local server, a million stored items. Measured on the real program, from outside: memory, the time
from its start to the first poll, how long a reload takes and whether polls pause for it, how topic feeds are answered
while all sources are due and while one entry of 1 MiB is read. Then on the database alone: bytes by table, a topic's
newest stories, the budget, a claim, filling a new topic and letting go of 100,000 items step by step.
`--keep DIRECTORY` fills a database there once (`stock`), and works on a copy of it.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import multiprocessing
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from family import family
from feedhub.daemon import control
from feedhub.daemon.settings import load
from feedhub.daemon.writer import Writer, for_a_step
from feedhub.model import Settings, Topic
from feedhub.store.reading import Reader
from feedhub.store.retention import Pruned
from feedhub.store.writing import Store
from poll import WORDS
from stock import configuration, due, fill, size_by_table

PORT = 18999  # of the sources: a kept database knows them by it
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
        await web.TCPSite(runner, "127.0.0.1", PORT, backlog=2048).start()
        pipe.send("up")
        await asyncio.Event().wait()

    asyncio.run(start())


def requests(server: str) -> list[float]:
    """When requests came, in Unix seconds."""
    import json
    import urllib.request

    times: list[float] = json.loads(urllib.request.urlopen(f"{server}/times").read())
    return times


# --- the daemon, from outside ------------------------------------------------------------------------------


def memory(pid: int) -> dict[str, float]:
    """MB of the daemon, of the process that serves and of the parsers, as the kernel counts it now."""
    taken: defaultdict[str, float] = defaultdict(float)
    for kind, one in family(pid):
        taken[kind] += _resident(one)
    return taken


def _resident(pid: int, what: str = "VmRSS") -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024


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
    """Start it, let it drain what is due for a while, reload it meanwhile, stop it."""
    log = file.with_name("log")
    begun = time.time()
    with log.open("wb") as out:
        command = [sys.executable, "-m", "feedhub", "run", "--config", str(file)]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        address = ready(log, process)
        print(f"start to serving: {time.time() - begun:.2f} s")
        tell_memory(process.pid, "when it serves")
        took = answered(address, "/topics/t1.atom", 20)
        times = requests(server)
        print(f"start to first poll: {times[0] - begun:.2f} s")
        print(f"polls a second while draining: {len(times) / (times[-1] - times[0]):.0f}, {len(times)} of {sources}")
        print(
            f"served 304s while draining: median {statistics.median(took):.1f} ms, p99 {p99(took):.1f} ms, "
            f"most {max(took):.1f} ms"
        )
        tell_memory(process.pid, f"after {len(times)} polls, each of five new items")
        for _ in range(3):
            reload(file, server)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def tell_memory(pid: int, when: str) -> None:
    """Say what it takes."""
    taken = ", ".join(f"{kind} {size:.0f} MB" for kind, size in memory(pid).items())
    print(f"memory {when}: {taken}; the most that the daemon ever took {_resident(pid, 'VmHWM'):.0f} MB")


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
    file.write_text(file.read_text().replace('Source 1"', 'Source 1 again"'))
    begun = time.time()
    asyncio.run(_ask(file.with_name("feedhub.db"), {"do": "reload"}))
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


def page(database: Path, most: int) -> tuple[float, float]:
    """Milliseconds to read a topic's newest stories for the first time, and again; medians of twenty readers."""
    first: list[float] = []
    again: list[float] = []
    for _ in range(20):
        reader = Reader(database)
        for took in (first, again):
            begun = time.perf_counter()
            reader.topic_entries("all", most)
            took.append((time.perf_counter() - begun) * 1000)
        reader.close()
    return statistics.median(first), statistics.median(again)


def store(file: Path) -> None:
    """A topic's newest stories, what all sources share, a claim, and a prune step by step."""
    settings = load(file)
    for most in (10, 100):
        first, again = page(settings.database, most)
        print(f"a topic's {most} newest stories, loaded whole: {first:.2f} ms, remembered {again:.2f} ms")
    writing = Timed(settings.database)
    now = datetime.now(UTC)
    begun = time.perf_counter()
    writing.configure(settings, now)
    print(f"taking a configuration over that is known: {(time.perf_counter() - begun) * 1000:.0f} ms")
    due(settings.database)
    claim = repeated(lambda: writing.release(writing.claim(now, 50, timedelta(minutes=5), 100)))
    print(f"claiming 50 of all, and giving them back: {claim:.1f} ms")
    filling(writing, settings)
    asyncio.run(prune(writing))


def filling(writing: Store, settings: Settings) -> None:
    """A new topic of one story in 25, step by step."""
    now, more, steps = datetime.now(UTC), True, []
    writing.configure(
        replace(settings, topics=(*settings.topics, Topic(id="new", title="New", match=WORDS[300]))), now, for_a_step()
    )
    while more:
        step = time.perf_counter()
        more, _ = writing.fill(now, for_a_step())
        steps.append((time.perf_counter() - step) * 1000)
    print(f"filling a topic: {sum(steps) / 1000:.1f} s, {len(steps)} steps")
    print(f"median {statistics.median(steps):.1f} ms, p99 {p99(steps):.1f} ms, most {max(steps):.0f} ms")


async def prune(store: Timed) -> None:
    """Let go of what is old, step by step on the writer's thread, which brings the log in between two."""
    writer, items, steps, begun = Writer(store), 0, [], time.perf_counter()
    while True:
        part, more, took = await writer.do(_prune_some)
        items += part.items
        if part.items:
            steps.append(took)
        if not more:
            break
    print(f"prune: {items} items in {time.perf_counter() - begun:.1f} s, {len(steps)} steps")
    await writer.close()
    if steps:  # a small database has nothing that old
        print(
            f"median {statistics.median(steps):.1f} ms, p99 {p99(steps):.1f} ms, most {max(steps):.0f} ms, "
            f"{sum(step > 50 for step in steps)} above 50 ms; "
            f"to bring the log in: median {statistics.median(store.brought):.1f} ms, most {max(store.brought):.0f} ms"
        )


def _prune_some(store: Store) -> tuple[Pruned, bool, float]:
    """One step, and the milliseconds that it took."""
    begun = time.perf_counter()
    part, more = store.prune_some(datetime.now(UTC))
    return part, more, (time.perf_counter() - begun) * 1000


class Timed(Store):
    """A store that notes how long it took to bring the log in."""

    def __init__(self, database: Path):
        super().__init__(database, "bench")
        self.brought: list[float] = []  # milliseconds

    def checkpoint(self) -> None:
        """Bring the log in."""
        begun = time.perf_counter()
        super().checkpoint()
        self.brought.append((time.perf_counter() - begun) * 1000)


def repeated(work: Callable[[], object]) -> float:
    """The median of twenty runs, in milliseconds."""
    took = []
    for _ in range(20):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def stocked(keep: Path | None, directory: Path, sources: int, items: int) -> Path:
    """A configuration and its filled database in `directory`, copied from `keep` where that is given."""
    place = keep or directory
    if not (place / "feedhub.db").exists():
        place.mkdir(parents=True, exist_ok=True)
        begun = time.perf_counter()
        fill(configuration(place, f"http://127.0.0.1:{PORT}", sources), sources, items)
        print(f"filled in {time.perf_counter() - begun:.0f} s")
    if keep:
        shutil.copy(keep / "feedhub.db", directory)
        os.sync()  # else the disk would be busy with it while the daemon starts
    return configuration(directory, f"http://127.0.0.1:{PORT}", sources)


def main() -> None:
    """Fill, measure, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sources", type=int, default=10_000)
    options.add_argument("--items", type=int, default=1_000_000)
    options.add_argument("--keep", type=Path, help="a directory for the filled database")
    given = options.parse_args()
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    server = context.Process(target=serve, args=(send,), daemon=True)
    server.start()
    receive.recv()
    with tempfile.TemporaryDirectory(prefix="feedhub-scale-") as name:
        file = stocked(given.keep, Path(name), given.sources, given.items)
        database = file.with_name("feedhub.db")
        print(f"database: {database.stat().st_size / 1e6:.0f} MB; bytes an item by table and index:")
        print(", ".join(f"{table} {size:.0f}" for table, size in size_by_table(database, given.items)))
        due(database)
        daemon(file, f"http://127.0.0.1:{PORT}", given.sources)
        store(file)
    server.kill()


if __name__ == "__main__":
    main()
