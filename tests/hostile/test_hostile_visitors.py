"""Visitors that mean harm: connections that ask nothing, readers that do not read, requests that are two at once."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from hostile_world import configured

from build import BUDGET, QUAKE, START, item, new_store, printed, settings, source
from feedhub.daemon.desk import Desk
from feedhub.model import Topic
from feedhub.web import connections, session
from feedhub.web.app import application
from feedhub.web.metrics import Metrics
from feedhub.web.server import served
from process import address_of, running
from raw import Streams, connected, request

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """For all of them: whatever one visitor does, the next is served."""
    chosen = settings(
        tmp_path_factory.mktemp("site") / "feedhub.db", [source("herald")], [Topic(id="all", title="All", match="")],
        public_url="http://hub.example",
    )  # fmt: skip
    store = new_store(chosen.database)
    store.configure(chosen, START)
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))

    async def asked(what: str, *_: object) -> bytes | None:
        return {"trouble": None, "intake": b""}[what]

    desk = Desk(chosen, chosen.database, asked)
    async with served(application(desk, Metrics(), lambda: START), "127.0.0.1", 0) as address:
        yield address
    await desk.close()
    store.close()


async def said(site: str, request: bytes, patience: float = 5.0) -> bytes:
    """Everything that comes back until the connection ends."""
    reader, writer = await connected(site)
    writer.write(request)
    answer = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(patience):
            while part := await reader.read(65536):
                answer += part
    writer.close()
    return answer


def get(target: str, *headers: str, method: str = "GET") -> bytes:
    return request(target, *headers, "Connection: close", method=method)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


@asynccontextmanager
async def many(site: str, count: int, request: bytes, places: int = 1) -> AsyncIterator[list[Streams]]:
    """So many connections from so many addresses, each with a request."""
    streams = []
    for number in range(count):
        streams.append(await connected(site, f"127.0.0.{1 + number % places}"))
        streams[-1][1].write(request)
    try:
        yield streams
    finally:
        for _, writer in streams:
            writer.transport.abort()


HALF = b"GET /topics/all.atom HTTP/1.1\r\nHost: x\r\nX-Slow: "
FEW_DESCRIPTORS = ("sh", "-c", 'ulimit -n 1024; exec "$0" "$@"')


@pytest.fixture
def descriptors() -> Iterator[None]:
    """Enough of them for the crowd, which is this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
@pytest.mark.parametrize("places", [1, 12], ids=["one address", "twelve addresses"])
async def test_a_crowd_leaves_room_for_a_whole_request_where_there_are_1024_descriptors(
    places: int, descriptors: None, tmp_path: Path
) -> None:
    """1,200 requests sent by half, one after another, and readers that do not read; each time a whole one between."""
    config = configured(tmp_path, {"a": "http://127.0.0.1:9/feed"})
    stack = contextlib.ExitStack()
    process = await asyncio.to_thread(stack.enter_context, running(config, *FEW_DESCRIPTORS))
    site = address_of(config)
    try:
        for request, count in ((HALF, 1200), (get("/static/style.css").replace(b"Connection: close", b"X: y"), 400)):
            async with many(site, count, request, places):
                took = [await _seconds(site) for _ in range(3)]
                assert min(took) < 1
                open_files = len(list(Path(f"/proc/{serving(process.pid)}/fd").iterdir()))
                assert count // 4 < open_files < 1024 - 100
    finally:
        await asyncio.to_thread(stack.close)


def serving(daemon: int) -> int:
    """The process that answers readers."""
    own = Path(f"/proc/{daemon}/task/{daemon}/children").read_text().split()
    (pid,) = (int(pid) for pid in own if Path(f"/proc/{pid}/comm").read_text() == "feedhub-web\n")
    return pid


async def _seconds(site: str) -> float:
    """How long a whole request takes."""
    start = time.monotonic()
    assert status(await said(site, get("/topics/all.atom"))) == 200
    return time.monotonic() - start


async def test_headers_that_never_end_are_not_waited_for(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD", 0.2)
    reader, writer = await connected(site)
    writer.write(b"GET / HTTP/1.1\r\n")
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()


async def test_the_next_request_of_a_connection_must_end_as_well(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = await connected(site)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"alive" in await reader.read(4096)
    monkeypatch.setattr(connections, "HEAD", 0.2)
    writer.write(b"GET /healthz HTT")
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()


async def test_who_does_not_read_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STALLED", 0.2)
    ended = asyncio.Event()

    async def large(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(bytes(100_000))
        finally:
            ended.set()

    app = web.Application()
    app.router.add_get("/", large)
    async with served(app, "127.0.0.1", 0) as site:
        reader, writer = await connected(site)
        writer.write(get("/"))
        await reader.read(1)
        async with asyncio.timeout(5):
            await ended.wait()
        writer.transport.abort()


@asynccontextmanager
async def answering_all_at_once(count: int) -> AsyncIterator[str]:
    """A site that answers nobody before so many have asked."""
    come = asyncio.Barrier(count)

    async def slow(_: web.Request) -> web.Response:
        await come.wait()
        return web.Response(text="done")

    app = web.Application()
    app.router.add_get("/", slow)
    async with served(app, "127.0.0.1", 0) as site:
        yield site


async def test_those_who_are_answered_stay_when_others_crowd_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST", 64)
    async with answering_all_at_once(2) as site:
        asked = asyncio.create_task(said(site, get("/")))
        async with many(site, 100, b"GET /"):
            assert b"done" in await said(site, get("/"))
            assert b"done" in await asked


async def test_all_that_a_proxy_asks_at_once_is_answered_though_it_comes_from_one_address(descriptors: None) -> None:
    """Behind it all readers have its address."""
    async with answering_all_at_once(250) as site, asyncio.TaskGroup() as readers:
        asked = [readers.create_task(said(site, get("/"))) for _ in range(250)]
    assert [status(await one) for one in asked] == [200] * 250


# --- what is asked ----------------------------------------------------------------------------------------


SECURE = (
    b"Content-Security-Policy: default-src 'none'",
    b"X-Content-Type-Options: nosniff",
    b"Referrer-Policy: no-referrer",
)


@pytest.mark.parametrize(
    ("request_", "allowed"),
    [
        (get("/"), {200}), (get("/nowhere"), {404}), (get("/topics/all.atom"), {200}), (get("/static/style.css"), {200}),
        (get("/static/"), {403, 404}), (get("/", method="POST"), {405}), (get("/", method="BREW"), {400, 405}),
        (get("/", method="TRACE"), {405}), (get("/", method="DELETE"), {405}), (get("/", method="OPTIONS"), {405}),
        (get("/topics/all.atom", method="HEAD"), {200}), (get("/healthz"), {200}), (get("/metrics"), {200}),
        (get("/search?q=%28"), {200, 400}), (get("/sources/none"), {404}), (get("/topics/all.atom", 'If-None-Match: *'), {304}),
        (get("/topics/all.atom", "Range: bytes=0-9"), {200, 206}), (get("/static/style.css", "Range: bytes=5-1"), {200, 416}),
        (get("/" + "a" * 65_536), {400, 404, 414}), (get("/search?q=" + "a" * 1_000_000), {400, 414}),
        (get("/", "X-Long: " + "a" * 200_000), {400, 431}), (get("/", *[f"X-{n}: {'a' * 2000}" for n in range(99)]), {400, 431}),
        (get("/", *[f"X-{n}: a" for n in range(5000)]), {400, 431}), (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", {400}),
        (b"GET\r\n\r\n", {400}), (b"GET / HTTP/9.9\r\n\r\n", {400, 505}), (b"\r\n" * 5 + get("/healthz"), {200, 400}),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else "",
)  # fmt: skip
async def test_every_answer_carries_what_keeps_readers_safe(site: str, request_: bytes, allowed: set[int]) -> None:
    answer = await said(site, request_)
    assert status(answer) in allowed, answer[:300]
    assert not [header for header in SECURE if header not in answer], answer[:600]
    assert b"aiohttp" not in answer
    assert b"Traceback" not in answer


CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize("path", ["/", "/login", "/rule", "/websub/none", "/nowhere"])
@pytest.mark.parametrize(
    ("header", "body"),
    [
        *((f"Content-Encoding: {coding}\r\nContent-Length: 7", b"token=x") for coding in ("gzip", "deflate", "br", "zstd")),
        (CHUNKED, b"5\r\ntoken\r\nno\r\n"), (CHUNKED, b"-1\r\nx\r\n"),
    ],
)  # fmt: skip
async def test_a_body_that_cannot_be_read_is_answered_and_no_bug(
    site: str, path: str, header: str, body: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SLOW", 0)
    form = ("Content-Type: application/x-www-form-urlencoded", f"Origin: {site}", header)
    answer = await said(site, get(path, *form, method="POST") + body)
    assert status(answer) < 500, answer[:300]
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("path", ["/", "/topics/all.atom", "/nowhere"])
@pytest.mark.parametrize("expected", [b"\xff", "火".encode(), b"<b>", b"100-continue, more"])
async def test_what_cannot_be_expected_is_refused_and_no_bug(
    site: str, path: str, expected: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await said(site, get(path, "Expect: ?").replace(b"?", expected))
    assert status(answer) == 417, answer[:300]
    assert not [header for header in SECURE if header not in answer], answer[:600]
    assert expected not in answer
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%2e%2e%2fapp.py", "/static/..%5capp.py",
        "/static/....//app.py", "/static/%252e%252e/app.py", "/static//etc/passwd", "/static/%00/../app.py", "//etc/passwd",
        "/static/%c0%ae%c0%ae/app.py", "/static/./../../__init__.py", "/static/..;/app.py", "/../../../../etc/passwd",
        "/topics/../../etc/passwd.atom", "/topics/%2e%2e%2fetc%2fpasswd", "/stories/../app.py", "file:///etc/passwd",
    ],
)  # fmt: skip
async def test_no_path_leads_out_of_what_is_served(site: str, path: str) -> None:
    answer = await said(site, get(path))
    assert status(answer) in (400, 403, 404), answer[:200]
    assert b"root:" not in answer
    assert b"import" not in answer


async def test_a_host_header_is_believed_nowhere(site: str) -> None:
    hosts = ("evil.example", "evil.example:80", "127.0.0.1@evil.example", "", "a b", "x\x01")
    paths = ("/", "/topics/all", "/topics/all.atom", "/topics/all.json", "/opml", "/nowhere", "/search?q=quake")
    for host, path in product(hosts, paths):
        forged = f"Host: {host}\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\nConnection: close"
        answer = await said(site, f"GET {path} HTTP/1.1\r\n{forged}\r\n\r\n".encode())
        assert b"evil.example" not in answer, (host, path)


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 4",
        b"Content-Length: 4\r\nContent-Length: 5", b"Content-Length: 4, 5", b"Content-Length: +4", b"Content-Length: 0x4",
        b"Content-Length : 4", b"Content-Length:\t4\x0b", b"Transfer-Encoding: xchunked", b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding:\x0bchunked", b"Transfer-Encoding : chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        b" Transfer-Encoding: chunked", b"Content-Length: -1", b"Content-Length: 99999999999999999999999",
        b"X: y\nContent-Length: 4", b"X: y\rContent-Length: 4", b"X\x00: y", b"X: \x00y",
    ],
)  # fmt: skip
async def test_no_request_is_two(site: str, framing: bytes) -> None:
    """What two servers may read apart is refused, or read as one request that ends the connection."""
    smuggled = b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = await said(site, b"POST /nowhere HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n" + smuggled, patience=1.0)
    assert b"feedhub_polls" not in answer
    assert status(answer) in (0, 400, 404, 405, 413, 501)


async def test_head_is_get_without_a_body(site: str) -> None:
    for path in ("/", "/topics/all.atom", "/opml", "/healthz"):
        whole, head = await said(site, get(path)), await said(site, get(path, method="HEAD"))
        assert head.endswith(b"\r\n\r\n")
        length = [line for line in whole.split(b"\r\n") if line.startswith(b"Content-Length")]
        assert [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length")] == length
