"""A hostile server and fifty healthy papers, polled by one daemon; and what it took of memory."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from corpora import SHARED
from process import feedhub, free_port

SERVER = SHARED / "hostile/hostile_server.py"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the server, as its manifest tells."""

    id: str
    url: str
    expect: str
    max_s: float


@contextmanager
def hostile_server() -> Iterator[tuple[str, list[Fault]]]:
    """The server's address and what it does wrong."""
    port, canary, tls, silent = (free_port() for _ in range(4))
    ports = {"port": port, "canary-port": canary, "tls-port": tls, "silent-port": silent, "max-connections": 1000}
    options = [f"--{name}={value}" for name, value in ports.items()]
    process = subprocess.Popen([sys.executable, SERVER, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        process.stdout.readline()
        address = f"http://127.0.0.1:{port}"
        listed = asked(f"{address}/manifest.json")["faults"]
        yield address, [Fault(one["id"], one["url"], one["expect"], one["max_s"]) for one in listed]
    finally:
        process.kill()
        process.communicate()


def asked(url: str) -> Any:
    """A JSON document."""
    with urllib.request.urlopen(url, timeout=60) as response:
        return json.load(response)


@dataclass
class Papers:
    """Healthy papers: each prints an item more every `every` seconds and lists the last `listed` of them; counts who
    asked how often.
    """

    every: float
    listed: int = 1_000
    start: float = field(default_factory=time.monotonic)
    hits: Counter[str] = field(default_factory=Counter)

    def printed(self) -> int:
        return 3 + int((time.monotonic() - self.start) / self.every)

    def feed(self, paper: str) -> bytes:
        items = "".join(
            f"<item><guid isPermaLink='false'>{paper}-{n}</guid><title>{paper} tells of matter {n}</title>"
            f"<link>http://{paper}.example/{n}</link><pubDate>{formatdate(time.time() - 3600 + n)}</pubDate>"
            f"<description>{escape(f'What {paper} knows of its own matter number {n}.')}</description></item>"
            for n in range(max(0, self.printed() - self.listed), self.printed())
        )
        return f"<rss version='2.0'><channel><title>{paper}</title>{items}</channel></rss>".encode()


@contextmanager
def healthy(papers: Papers) -> Iterator[str]:
    """Serve the papers on a host of their own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paper = self.path.strip("/")
            papers.hits[paper] += 1
            body = papers.feed(paper)
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # all papers may be asked at once; of five, the others would have to knock again

    server = Server(("127.0.0.2", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.2:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Memory:
    """Peaks of resident memory, in MB."""

    daemon: float = 0.0
    worker: float = 0.0


class Watch(threading.Thread):
    """Looks at the memory of a daemon and of its children, ten times a second."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self._pid, self.peaks, self._end = pid, Memory(), threading.Event()

    def run(self) -> None:
        while not self._end.wait(0.1):
            self.peaks.daemon = max(self.peaks.daemon, peak(self._pid))
            for child in children(self._pid):
                self.peaks.worker = max(self.peaks.worker, peak(child))

    def stop(self) -> Memory:
        self._end.set()
        self.join()
        return self.peaks


def peak(pid: int) -> float:
    """The highest resident memory that a process ever had, in MB; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0].split()[1]) / 1024 if found else 0.0


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    try:
        return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in _listed(task)]
    except OSError:
        return []


def _listed(task: Path) -> list[str]:
    try:
        return (task / "children").read_text().split()
    except OSError:
        return []


def stood_in_line(pid: int) -> float:
    """Seconds in which threads of a process and of its children could have run, and a core was not free."""
    return sum(_delay(task) for one in (pid, *children(pid)) for task in Path(f"/proc/{one}/task").glob("*"))


def _delay(task: Path) -> float:
    try:
        return int((task / "schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0  # it is gone


def web_of(daemon: int) -> int:
    """The number of the process that serves, 0 while there is none."""
    found = [pid for pid in children(daemon) if Path(f"/proc/{pid}/comm").read_text().strip() == "feedhub-web"]
    return found[0] if found else 0


@dataclass
class Seen:
    """What one run came to."""

    items: dict[str, int]
    errors: dict[str, str]
    seconds: dict[str, float]
    memory: Memory
    canary: list[Any]
    printed: int
    log: str
    ended: int


def configured(folder: Path, sources: dict[str, str], output: Path | None = None, **polling: str) -> Path:
    """A configuration over these sources, each of which may be in a private network; `output` is for files."""
    port = free_port()
    keys = "\n".join(f"{key} = {value}" for key, value in polling.items())
    tables = "\n".join(f'[sources.{id}]\nurl = "{url}"\nallow_private = true\n' for id, url in sources.items())
    written = f'[output]\ndirectory = "{output}"\n' if output else ""
    file = folder / "feedhub.toml"
    file.write_text(
        f'[daemon]\nlisten = "127.0.0.1:{port}"\ndatabase = "{folder / "feedhub.db"}"\n'
        f'public_url = "http://127.0.0.1:{port}"\n{written}[polling]\n{keys}\n{tables}\n[topics.all]\ntitle = "All"\n'
    )
    return file


def stored(database: Path) -> tuple[dict[str, int], dict[str, str], dict[str, float], set[str]]:
    """Per source: items, last error, seconds of its slowest fetch; and which were polled at all."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn, conn:
        items = dict(conn.execute("SELECT source, count(*) FROM items GROUP BY source"))
        errors = dict(conn.execute("SELECT id, error FROM sources WHERE error IS NOT NULL"))
        slowest = dict(conn.execute("SELECT source, max(ms) / 1000 FROM fetches GROUP BY source"))
        polled = {row[0] for row in conn.execute("SELECT DISTINCT source FROM fetches")}
    conn.close()
    return items, errors, slowest, polled


def guids(database: Path) -> set[tuple[str, str]]:
    """What is stored, by source and guid; read by a connection of its own."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn, conn:
        found = set(conn.execute("SELECT source, guid FROM items"))
    conn.close()
    return found


def run_all(folder: Path, papers: int = 50, patience: float = 240.0) -> tuple[list[Fault], Seen]:
    """Poll every fault once, and the papers all the while; ends when the last fault was polled."""
    world = Papers(every=5.0)
    with hostile_server() as (address, faults), healthy(world) as place:
        sources = {f"x-{fault.id}": fault.url for fault in faults}
        sources |= {f"paper-{n}": f"{place}/paper-{n}" for n in range(papers)}
        config = configured(folder, sources, min_interval='"5s"', max_interval='"5s"', per_host="100", workers="2")
        errors = (folder / "log").open("w")
        process = subprocess.Popen(feedhub("run", "--config", config), stderr=errors)
        watch = Watch(process.pid)
        watch.start()
        try:
            _until_polled(folder / "feedhub.db", set(sources), patience, process)
            printed = world.printed()  # must be there in time, on a machine that is busy with all of this
            wanted = {f"paper-{n}": printed for n in range(papers)}
            _until_stored(folder / "feedhub.db", wanted, 2 * world.every, process.pid)
            items, failed, slowest, _ = stored(folder / "feedhub.db")
        finally:
            memory = watch.stop()
            process.send_signal(signal.SIGTERM)
            ended = process.wait(timeout=90)  # how soon is for tests of its end to say
            errors.close()
        canary = asked(f"{address}/stats.json")["canary"]
    log = (folder / "log").read_text()
    return faults, Seen(items, failed, slowest, memory, canary, printed, log, ended)


def _until_polled(database: Path, wanted: set[str], patience: float, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + patience
    missing = wanted
    while time.monotonic() < end and process.poll() is None:
        time.sleep(1)
        if database.exists() and database.stat().st_size:
            try:
                missing = wanted - stored(database)[3]
            except sqlite3.OperationalError:
                continue  # its tables are not made yet
        if not missing:
            return
    raise AssertionError(f"never polled: {sorted(missing)}")


def _until_stored(database: Path, wanted: dict[str, int], patience: float, pid: int, most: float = 120.0) -> None:
    """Until so many items of each source are stored, or for as long as that may take where cores are free: what other
    programs took of them is nobody's lateness.
    """
    start, before = time.monotonic(), stood_in_line(pid)
    while time.monotonic() - start < min(patience + stood_in_line(pid) - before, most):
        items = stored(database)[0]
        if all(items.get(source, 0) >= count for source, count in wanted.items()):
            return
        time.sleep(0.5)


def right(fault: Fault, items: int, failed: bool) -> bool:
    """Whether what is stored is what the manifest expects."""
    if fault.expect == "error":
        return failed and not items
    if fault.expect.startswith("items>="):
        return items >= int(fault.expect.removeprefix("items>="))
    if fault.expect.startswith("items="):
        return items == int(fault.expect.removeprefix("items="))
    return True
