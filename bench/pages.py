"""How long the server takes for each page, and how large it is, over 100,000 items: `python bench/pages.py`.

Fills a database with 100,000 items of fifty sources and a dozen topics, serves it as the daemon does, and asks for
every page in turn. The budgets: the front page in less than 100 ms and 60 KB packed, the stylesheet below 25 KB.
The first answer of each page is shown beside the median: it compiles the template and reads what is not yet in memory.
The CPU's share, client included, tells a slow page from a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

import publish
from feedhub.curation import Topic
from feedhub.daemon.desk import Desk
from feedhub.model import Settings
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from feedhub.web.app import application
from feedhub.web.metrics import Metrics
from feedhub.web.server import served
from topics import LATIN, MIDDLE, NOW, SOURCES, filled

TOPICS = 12
ROUNDS = 15
FRONT_MS, FRONT_BYTES, STYLE_BYTES = 100, 60_000, 25_000


def settings(directory: Path) -> Settings:
    """One topic of everything, and a dozen of one word each that every fifteenth English item has."""
    chosen = publish.settings(directory)
    narrow = [Topic(id=f"t{n}", title=f"Topic {n}", match=LATIN[MIDDLE + n]) for n in range(TOPICS)]
    topics = (Topic(id="all", title="All", match=""), *narrow)
    return Settings(**{name: getattr(chosen, name) for name in chosen.__slots__} | {"topics": topics})


@asynccontextmanager
async def hub(directory: Path) -> AsyncIterator[tuple[str, Desk]]:
    """The database, served."""
    chosen = settings(directory)
    store = Store(chosen.database, "bench")
    store.configure(chosen, NOW)
    store.close()
    desk = Desk(chosen, chosen.database, _no_ruling)
    async with served(application(desk, Metrics(), lambda: NOW), "127.0.0.1", 0) as address:
        yield address, desk
    await desk.close()


async def _no_ruling(verb: str, names: Sequence[str], who: str) -> int:
    raise NotImplementedError


async def measure(directory: Path) -> bool:
    """Print a row for every page; whether the budgets are kept."""
    kept = True
    async with (
        hub(directory) as (address, desk),
        aiohttp.ClientSession(auto_decompress=False, headers={"Accept-Encoding": "gzip"}) as session,
    ):
        story = (await desk.read(lambda reader: Reader.front(reader, 1)))[0].id
        print(f"{'page':<22}{'first ms':>10}{'median ms':>11}{'CPU ms':>8}{'gzip bytes':>12}")
        for path in (
            "/", "/topics", "/topics/all", "/topics/all?page=3", f"/topics/all?q={LATIN[MIDDLE]}", f"/stories/{story}",
            f"/search?q={LATIN[MIDDLE]}", "/sources", f"/sources/{SOURCES[0].id}", "/outlets", "/review",
            "/static/style.css",
        ):  # fmt: skip
            times, worked, size = [], [], 0
            for _ in range(ROUNDS):
                started, before = time.perf_counter(), time.process_time()
                async with session.get(address + path) as response:
                    body = await response.read()
                times.append((time.perf_counter() - started) * 1000)
                worked.append((time.process_time() - before) * 1000)
                assert response.status == 200, (path, response.status)
                size = len(body)
            print(
                f"{path[:21]:<22}{times[0]:>10.1f}{statistics.median(times):>11.1f}{statistics.median(worked):>8.1f}"
                f"{size:>12,}"
            )
            if path == "/":
                kept &= statistics.median(times) < FRONT_MS and size < FRONT_BYTES
            if path.endswith(".css"):
                kept &= size < STYLE_BYTES
    return kept


def main() -> None:
    """Fill or take a database, measure; exit with 1 where a budget is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--directory", type=Path, help="keep the database here, or take the one that is here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedhub-pages-") as scratch:
        directory = options.directory or Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        if not (directory / "feedhub.db").exists():
            filled(directory / "feedhub.db", options.items)
        kept = asyncio.run(measure(directory))
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
