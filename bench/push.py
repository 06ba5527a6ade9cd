"""Push changes through the daemon and say how soon they are served: `python bench/push.py --rate 100 --seconds 20`.

A publisher with its hub on loopback changes one of its feeds so many times a second: one new item, with the others the
feed has. The hub sends the document to `feedhub run`, a process of its own, and as soon as it is acknowledged the
topics that the story is in are fetched as Atom, each as the newest feed at that moment. Measured for each change is
the time from the beginning of the delivery until all of them came and had the new item in their bytes. Sends are on
time whether or not earlier ones are through. Prints a table and one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web
from isal import isal_zlib

from family import family
from poll import entry, feed

ITEMS = 30  # in a feed
FIRST = 400  # number of the first item that is pushed
SHOWN = ("median", "p95", "p99", "worst")
PATIENCE = 60.0  # seconds for feedhub to subscribe to everything, and for one change to be served


@dataclass
class Publisher:
    """Feeds that name a hub, and the hub; of each feed, its stories are in `each` of so many topics."""

    sources: int
    topics: int
    each: int
    address: str = ""
    callbacks: dict[int, tuple[str, str]] = field(default_factory=dict)  # of each feed: callback, secret
    numbers: dict[int, int] = field(default_factory=dict)  # of each feed: its newest item
    verifying: set[asyncio.Task[None]] = field(default_factory=set)

    def desks(self, source: int) -> list[int]:
        """The topics that the stories of a source are in."""
        return [(source * 7 + step * 11) % self.topics for step in range(self.each)]

    def body(self, source: int) -> bytes:
        """A feed as it is now."""
        newest = self.numbers.setdefault(source, FIRST)
        return feed(source, ITEMS, newest - ITEMS + 1)

    async def get(self, request: web.Request) -> web.Response:
        """A feed."""
        source = int(request.match_info["n"])
        link = f"<{self.address}/hub>; rel=hub, <{self.address}/{source}>; rel=self"
        return web.Response(body=self.body(source), content_type="application/rss+xml", headers={"Link": link})

    async def subscribe(self, request: web.Request) -> web.Response:
        """The hub: accept, and ask back a moment later."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        task = asyncio.create_task(self._verify(form))
        self.verifying.add(task)
        task.add_done_callback(self.verifying.discard)
        return web.Response(status=202)

    async def _verify(self, form: dict[str, str]) -> None:
        query = {"hub.mode": "subscribe", "hub.topic": form["hub.topic"], "hub.challenge": "c"}
        async with aiohttp.ClientSession() as session, session.get(form["hub.callback"], params=query) as answer:
            assert answer.status == 200
        self.callbacks[int(form["hub.topic"].rpartition("/")[2])] = form["hub.callback"], form["hub.secret"]


@asynccontextmanager
async def publishing(sources: int, topics: int, each: int) -> AsyncIterator[Publisher]:
    """A publisher that is served."""
    publisher = Publisher(sources, topics, each)
    app = web.Application()
    app.router.add_get(r"/{n:\d+}", publisher.get)
    app.router.add_post("/hub", publisher.subscribe)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    publisher.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield publisher
    finally:
        await runner.cleanup()


def configuration(publisher: Publisher, listen: str, directory: Path) -> str:
    """TOML: every feed a source, every topic a tag."""
    lines = [
        f'[daemon]\nlisten = "{listen}"\ndatabase = "{directory / "feedhub.db"}"\n',
        '[polling]\nper_host = 50\ngap = "1ms"\n',
        "[websub]\nsubscribe = true\n",
    ]
    for source in range(publisher.sources):
        tags = ", ".join(f'"desk{desk}"' for desk in publisher.desks(source))
        url = f"{publisher.address}/{source}"
        lines.append(f'[sources.s{source}]\nurl = "{url}"\ntags = [{tags}]\nallow_private = true\n')
    lines += [
        f'[topics.t{topic}]\ntitle = "T{topic}"\nmatch = "tag:desk{topic}"\n' for topic in range(publisher.topics)
    ]
    return "\n".join(lines)


@asynccontextmanager
async def daemon(publisher: Publisher) -> AsyncIterator[tuple[str, int]]:
    """feedhub as a process, subscribed to everything; gives its address and its number."""
    with tempfile.TemporaryDirectory() as name:
        directory, listen = Path(name), f"127.0.0.1:{await _free_port()}"
        config = directory / "feedhub.toml"
        config.write_text(configuration(publisher, listen, directory), encoding="utf-8")
        command = (sys.executable, "-m", "feedhub", "run", "--config", str(config))
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
        try:
            async with asyncio.timeout(PATIENCE):
                while len(publisher.callbacks) < publisher.sources:
                    assert process.returncode is None, "feedhub ended"
                    await asyncio.sleep(0.1)
            yield f"http://{listen}", process.pid
        finally:
            process.terminate()
            await process.wait()


async def _free_port() -> int:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def change(
    publisher: Publisher, source: int, address: str, session: aiohttp.ClientSession
) -> tuple[float, float]:
    """Push one change and fetch its topics; returns the seconds till it was acknowledged, and till it was served."""
    publisher.numbers[source] = number = publisher.numbers[source] + 1
    body, (callback, secret) = publisher.body(source), publisher.callbacks[source]
    title = entry(source, number).split("<title>")[1].split("</title>")[0].encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature": f"sha256={signature}", "Content-Type": "application/rss+xml"}
    start = time.perf_counter()
    while await delivered(callback, body, headers, session) == 503:  # no room: as hubs do, it sends again
        await asyncio.sleep(1)
    acknowledged = time.perf_counter() - start
    wanted = (fetched(f"{address}/topics/t{topic}.atom", session) for topic in publisher.desks(source))
    assert all(title in body for body in await asyncio.gather(*wanted)), "acknowledged, and not served"
    return acknowledged, time.perf_counter() - start


async def delivered(url: str, body: bytes, headers: dict[str, str], session: aiohttp.ClientSession) -> int:
    """Send a change once; returns the status."""
    async with session.post(url, data=body, headers=headers) as answer:
        assert answer.status in (200, 503), answer.status
        return answer.status


async def fetched(url: str, session: aiohttp.ClientSession) -> bytes:
    """What is served there."""
    async with session.get(url) as answer:
        return await answer.read()


async def measure(publisher: Publisher, address: str, rate: float, seconds: float) -> list[tuple[float, float]]:
    """Push at a rate, on time, for so long; returns the seconds each change took."""
    aiohttp.set_zlib_backend(isal_zlib)  # readers share the cores with what is measured
    connector = aiohttp.TCPConnector(limit=150)  # feedhub lets 200 of one address in
    async with aiohttp.ClientSession(connector=connector, headers={"Accept-Encoding": "gzip"}) as session:
        begin, tasks = time.perf_counter(), []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begin + number / rate - time.perf_counter()))
            source = number % publisher.sources
            tasks.append(asyncio.create_task(change(publisher, source, address, session)))
        return await asyncio.gather(*tasks)


def worked(daemon: int) -> dict[str, float]:
    """Seconds of CPU that the daemon, the process that serves, and the parsers took so far."""
    took: defaultdict[str, float] = defaultdict(float)
    for kind, pid in family(daemon):
        took[kind] += _seconds(pid)
    return took


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--topics", type=int, default=10)
    parser.add_argument("--each", type=int, default=1, help="topics that a story is in")
    parser.add_argument("--rate", type=float, default=100.0, help="changes a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--warm-up", type=float, default=20.0, help="seconds at 5 changes/s before it is measured")
    chosen = parser.parse_args()
    async with publishing(chosen.sources, chosen.topics, chosen.each) as publisher, daemon(publisher) as (address, pid):
        await measure(publisher, address, 5, chosen.warm_up)
        before = worked(pid)
        took = await measure(publisher, address, chosen.rate, chosen.seconds)
        cost = {kind: round(1000 * (all - before[kind]) / len(took), 2) for kind, all in worked(pid).items() if all}
    topics = f"{chosen.each} of {chosen.topics} topics each"
    print(f"{chosen.rate:g} changes/s, {chosen.sources} sources of {ITEMS} items, {topics}")
    told: dict[str, object] = {"rate": chosen.rate, "changes": len(took)}
    print(f"{'ms':>14}" + "".join(f"{name:>10}" for name in SHOWN))
    for name, seconds in zip(("acknowledged", "served"), zip(*took, strict=True), strict=True):
        cuts = statistics.quantiles(seconds, n=100)
        found = [round(cut * 1000, 1) for cut in (statistics.median(seconds), cuts[94], cuts[98], max(seconds))]
        print(f"{name:>14}" + "".join(f"{one:10.1f}" for one in found))
        told[name] = dict(zip(SHOWN, found, strict=True))
    print("ms of CPU a change: " + ", ".join(f"{kind} {taken}" for kind, taken in cost.items()))
    print(json.dumps(told | {"cpu_ms": cost}))


if __name__ == "__main__":
    asyncio.run(main())
