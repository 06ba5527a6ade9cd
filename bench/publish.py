"""From a stored change to fresh feeds, and how many requests for them are answered: `python bench/publish.py`.

Fills a database with 100,000 items and 200 topics of 50 entries each, and serves it as the daemon does. Measures
- a new story that three topics take: the milliseconds from the moment it is stored until all three formats of all
  three feeds have been fetched anew over HTTP, packed with gzip; the first rendering of a feed is shown beside it;
- requests a second for one feed, as 200 and as 304, by wrk over 32 connections, against nginx serving the same bytes.
Both need a core of their own: with fewer than two, or on a busy machine, the figures are those of the queue.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import aiohttp
import uvloop

from feedhub.curation import Topic
from feedhub.daemon.desk import Desk
from feedhub.dedup.prepare import prepare
from feedhub.model import Credit, Item, Settings, Validators
from feedhub.store.polling.outcome import Outcome
from feedhub.store.writing import Store
from feedhub.web.app import application
from feedhub.web.metrics import Metrics
from feedhub.web.server import served
from settings import settings_of
from topics import DAYS, LATIN, MIDDLE, NOW, SOURCES, filled

TOPICS = 200
FORMATS = ("atom", "rss", "json")
SECONDS = 5  # that wrk asks for
CONNECTIONS = 32
LEASE = timedelta(minutes=5)


def settings(directory: Path) -> Settings:
    """200 topics, each of one word that every fifteenth English item has."""
    topics = [
        Topic(id=f"t{n}", title=f"Topic {n}", match=LATIN[MIDDLE + n], limit=50, max_changes=1000)
        for n in range(TOPICS)
    ]
    return settings_of(
        directory, SOURCES, topics, public_url="http://127.0.0.1:8080", retention=timedelta(days=2 * DAYS)
    )


def story(number: int, random: Random) -> Item:
    """An item that three topics take: their words among rare ones."""
    chosen = random.sample(range(TOPICS), 3)
    words = [LATIN[MIDDLE + n] for n in chosen] + random.choices(LATIN[5_000:], k=150)
    random.shuffle(words)
    text = " ".join(words)
    return Item(
        source_id=SOURCES[number % 50].id, guid=str(uuid4()), link=f"http://s.example/new/{random.random()}",
        title=" ".join(words[:8]), html=f"<p>{text}</p>", text=text, language="en", author=None,
        published=NOW + timedelta(minutes=number), updated=None, tags=(), enclosures=(), image=None, credit=Credit(),
    )  # fmt: skip


def stored(store: Store, item: Item, at: datetime) -> frozenset[str]:
    """Store an item as a poll does; returns the topics that changed."""
    (claim,) = store.claim(at, 1, LEASE, 1, [item.source_id])
    outcome = Outcome(
        claim=claim, at=at, result="document", status=200, size=1000, elapsed=0.1, validators=Validators(),
        items=(prepare(item),),
    )  # fmt: skip
    return store.commit_polls([outcome])[0].topics


async def changes(directory: Path, rounds: int) -> None:
    """Print how long changes take to be served."""
    chosen, random = settings(directory), Random()  # other stories in a database that is kept
    store = Store(chosen.database, "bench")
    store.configure(chosen, NOW)
    desk = Desk(chosen, chosen.database, _no_ruling)
    async with (
        served(application(desk, Metrics(), lambda: NOW), "127.0.0.1", 0) as address,
        aiohttp.ClientSession(auto_decompress=False, headers={"Accept-Encoding": "gzip"}) as session,
    ):

        async def fetch(topics: frozenset[str]) -> tuple[float, float]:
            started, worked = time.perf_counter(), time.process_time()
            for topic in sorted(topics):
                for suffix in FORMATS:
                    async with session.get(f"{address}/topics/{topic}.{suffix}") as response:
                        assert response.status == 200
                        await response.read()
            return (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000

        first = [await fetch(frozenset([topic.id])) for topic in chosen.topics]
        taken = []
        for number in range(rounds):
            topics = stored(store, story(number, random), NOW + timedelta(minutes=number))
            desk.changed(topics)
            if len(topics) == 3:
                taken.append(await fetch(topics))
    print(f"first rendering of one feed in three formats: {_told(first)}")
    print(f"a new story in three topics, until nine feeds are fetched anew ({len(taken)} times): {_told(taken)}")
    await desk.close()
    store.close()


async def _no_ruling(verb: str, names: Sequence[str], who: str) -> int:
    raise AssertionError("nobody rules while this is measured")


def _told(taken: list[tuple[float, float]]) -> str:
    passed = sorted(time for time, _ in taken)
    worked = statistics.median(work for _, work in taken)
    last = passed[int(len(passed) * 0.99)]
    return f"median {statistics.median(passed):.1f} ms, 99th of 100 {last:.1f} ms; median of CPU {worked:.1f} ms"


async def serve(directory: Path) -> None:
    """Serve in a process of its own until it is ended; says where."""
    chosen = settings(directory)
    desk = Desk(chosen, chosen.database, _no_ruling)
    async with served(application(desk, Metrics(), lambda: NOW), "127.0.0.1", 0) as address:
        print(address, flush=True)
        await asyncio.Event().wait()


def load(directory: Path) -> None:
    """Print requests a second, beside nginx where it is installed."""
    if not shutil.which("wrk"):
        print("requests a second: needs wrk")
        return
    command = [sys.executable, __file__, "--serve", "--directory", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            _rows("feedhub", server.stdout.readline().strip() + "/topics/t0.atom", directory)
        finally:
            server.terminate()
    if nginx := shutil.which("nginx") or shutil.which("/usr/sbin/nginx"):
        _beside_nginx(nginx, directory)


def _beside_nginx(nginx: str, directory: Path) -> None:
    """The same bytes, packed beforehand, by one worker."""
    (directory / "nginx.conf").write_text(
        f"""daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log stderr warn;
        events {{ worker_connections 256; }}
        http {{ access_log off; types {{ application/atom+xml atom; }} gzip_static on; keepalive_requests 1000000;
            client_body_temp_path {directory}/b; proxy_temp_path {directory}/p; fastcgi_temp_path {directory}/f;
            uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
            server {{ listen 127.0.0.1:18089; root {directory}; }} }}"""
    )
    with subprocess.Popen([nginx, "-p", str(directory), "-c", str(directory / "nginx.conf")]) as server:
        try:
            time.sleep(1)
            _rows("nginx", "http://127.0.0.1:18089/t0.atom", directory)
        finally:
            server.terminate()


def _rows(name: str, url: str, directory: Path) -> None:
    head = subprocess.run(
        ["curl", "-s", "-D", "-", "-o", str(directory / "got"), "-H", "Accept-Encoding: gzip", url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    packed = (directory / "got").read_bytes()
    if name == "feedhub":
        (directory / "t0.atom.gz").write_bytes(packed)
        (directory / "t0.atom").write_bytes(gzip.decompress(packed))
    found = re.search(r"^etag: (.*?)\s*$", head, re.I | re.M)
    assert found
    for status, headers in (("200", []), ("304", ["-H", f"If-None-Match: {found[1]}"])):
        said = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", "Accept-Encoding: gzip", *headers, url],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
        assert rate
        # wrk counts answers from 400 on as errors; those in between it does not tell apart
        assert "Non-2xx or 3xx" not in said, said
        print(f"{name}: {float(rate[1]):,.0f} answers of {status} a second ({len(packed):,} bytes packed)")


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--directory", type=Path, help="keep the database here for another run")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        uvloop.run(serve(asked.directory))
        return
    with tempfile.TemporaryDirectory() as temporary:
        directory = asked.directory or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        if not (directory / "feedhub.db").exists():
            filled(directory / "feedhub.db", asked.items)
        uvloop.run(changes(directory, asked.rounds))
        load(directory)


if __name__ == "__main__":
    main()
