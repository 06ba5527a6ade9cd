"""Servers that mean harm: where they may lead us, what they may cost, what may leak."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import resource
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from feedhub.daemon.clock import now
from feedhub.fetch import Fetcher
from feedhub.fetch.address import is_public
from feedhub.fetch.inflate import BadEncoding, Inflater, zstd
from feedhub.fetch.room import SMALL, Reservation, Room
from feedhub.model import Fetched, FetchFailure, FetchRequest, NotModified, Validators
from feedhub.websub import header_links

FEED = b"<rss><channel><title>A feed</title></channel></rss>"
Talk = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def talking(talk: Talk, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """A server that writes what it likes after it has read a request's head; no connection outlives it."""
    writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await talk(await reader.readuntil(b"\r\n\r\n"), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, host, 0, limit=1 << 20)
    try:
        yield f"http://{host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


def saying(*parts: bytes) -> Talk:
    async def talk(_: bytes, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return talk


def endlessly(head: bytes, part: bytes) -> Talk:
    async def talk(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(part)
            await writer.drain()

    return talk


def ok(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(concurrency=10, per_host=10, clock=now) as fetcher:
        yield fetcher


def request(url: str, **fields: Any) -> FetchRequest:
    return FetchRequest(**{"url": url, "allow_private": True, "timeout": timedelta(seconds=2), **fields})


INTERNAL = """
    127.0.0.1 127.0.0.66 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 0 0.0.0.0 0.1.2.3
    10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.254 192.168.0.1 169.254.169.254 100.64.0.1 100.127.255.254
    192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    192.88.99.1 localhost localhost. printer.localhost
    [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:1] [::127.0.0.1] [::ffff:0:127.0.0.1]
    [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [64:ff9b:1::1] [2002:7f00:1::] [2001:0:7f00:1::] [fe80::1] [fe80::1%25lo]
    [fec0::1] [fc00::1] [fd12:3456::1] [ff02::1] [ff0e::1] [100::1] [2001:db8::1] [3fff::1]
"""


def spelled() -> list[str]:
    return INTERNAL.split()


def literals() -> list[str]:
    return [host.strip("[]") for host in spelled() if host[0] == "[" or re.fullmatch(r"(\d+\.){3}\d+", host)]


async def test_no_spelling_of_an_internal_address_is_connected_to(fetcher: Fetcher) -> None:
    host, hits = "", []

    async def canary(_: bytes, writer: asyncio.StreamWriter) -> None:
        hits.append(host)
        writer.write(ok(FEED))

    async def moved(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {inside}\r\nContent-Length: 0\r\n\r\n".encode())

    async with talking(canary, "0.0.0.0") as at, talking(moved) as server:
        for host in spelled():
            inside = f"http://{host}:{at.rpartition(':')[2]}/"
            assert isinstance(await fetcher.fetch(request(inside, allow_private=False)), FetchFailure), host
            assert isinstance(await fetcher.fetch(request(server)), FetchFailure), host
    assert hits == []


@pytest.mark.parametrize("address", literals())
def test_no_internal_address_is_taken_for_a_public_one(address: str) -> None:
    assert not is_public(address.replace("%25", "%"))


class Rebinding(AbstractResolver):
    """Names that are public when they are looked at, and internal when they are used."""

    def __init__(self, *answers: str):
        self.answers = list(answers)

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [ResolveResult(hostname=host, host=answer, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        pass


async def test_a_name_that_turns_internal_between_two_looks_is_refused_at_the_socket() -> None:
    hits = []

    async def canary(_: bytes, writer: asyncio.StreamWriter) -> None:
        hits.append(1)
        writer.write(ok(FEED))

    resolver = Rebinding("127.0.0.1")
    async with talking(canary) as at, Fetcher(concurrency=1, per_host=1, clock=now, resolver=resolver) as fetcher:
        for _ in range(3):
            got = await fetcher.fetch(request(f"http://rebind.example:{at.rpartition(':')[2]}/", allow_private=False))
            assert isinstance(got, FetchFailure)
            assert (got.kind, "127.0.0.1 is a private address" in got.message) == ("blocked", True)
    assert not hits


async def test_an_answer_s_headers_have_a_limit_one_by_one_and_together(fetcher: Fetcher) -> None:
    many = [f"X-{number}: {'x' * 1000}" for number in range(100)]
    for headers in (many, ["X-Huge: " + "x" * 100_000], [f"X-{n}: x" for n in range(5000)]):
        async with talking(saying(ok(FEED, *headers))) as at:
            got = await fetcher.fetch(request(at))
            assert isinstance(got, FetchFailure)
            assert got.kind == "protocol"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 999999999\r\n\r\n", bytes(65536)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 65536),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: y\r\n"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"T: t\r\n"),
        (b"HTTP/1.1 500 Error\r\n\r\n", bytes(65536)),
    ],
    ids=["redirect body", "chunk extension", "headers", "interim answers", "tiny chunks", "trailers", "error body"],
)
async def test_what_never_ends_ends_at_the_limit_and_takes_no_memory(
    fetcher: Fetcher, head: bytes, part: bytes
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    async with talking(endlessly(head, part)) as at:
        got = await fetcher.fetch(request(at, max_size=1_000_000))
    assert isinstance(got, FetchFailure)
    assert time.process_time() - start < 6  # seconds of computing, the server's included
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kB


@pytest.mark.slow
async def test_a_server_that_takes_no_connection_is_given_up_after_five_seconds(fetcher: Fetcher) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        place = silent.getsockname()
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:  # the queue is full: what else knocks is not even refused
            one.setblocking(False)
            one.connect_ex(place)
        start = time.monotonic()
        got = await fetcher.fetch(request(f"http://127.0.0.1:{place[1]}/", timeout=timedelta(seconds=30)))
        for one in waiting:
            one.close()
    assert isinstance(got, FetchFailure)
    assert got.kind == "timeout"
    assert time.monotonic() - start < 15  # not after the thirty that an answer may take


@pytest.mark.parametrize(
    ("etag", "kept"),
    [
        ('W/"a b,c\'\xe9"', 'W/"a b,c\'\xe9"'),
        ('"' + "e" * 60_000 + '"', None),
        ('"\udce9"', None),
        ('"\x01"', None),
        ("", None),
    ],
    ids=["odd", "huge", "Latin-1", "control", "empty"],
)
async def test_a_validator_goes_back_as_it_came_or_not_at_all(fetcher: Fetcher, etag: str, kept: str | None) -> None:
    heads = []

    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        writer.write(ok(FEED, f"ETag: {etag}"))

    async with talking(answer) as at:
        got = await fetcher.fetch(request(at))
        if isinstance(got, FetchFailure):
            assert "\x01" in etag, got
            return
        assert isinstance(got, Fetched)
        assert got.validators.etag == kept
        again = await fetcher.fetch(request(at, validators=got.validators))
    assert isinstance(again, Fetched)
    sent = [line for line in heads[1].split(b"\r\n") if line.lower().startswith(b"if-none-match")]
    assert sent == ([b"If-None-Match: " + kept.encode()] if kept else [])


async def test_addresses_in_headers_need_not_be_utf_8(fetcher: Fetcher) -> None:
    asked = []

    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append(head.split()[1])
        said = ok(FEED, "Link: </hub\udcff>; rel=hub", "Location: /caf\udce9")
        writer.write(said if b"caf" in asked[-1] else said.replace(b"200 OK", b"302 Found"))

    async with talking(answer) as at:
        got = await fetcher.fetch(request(at))
    assert isinstance(got, Fetched), got
    assert (got.url, asked[-1]) == (f"{at}/caf%E9", b"/caf%E9")
    assert header_links(got.link, got.url).hubs == (f"{at}/hub%FF",)


async def test_absurd_headers_are_data(fetcher: Fetcher) -> None:
    absurd = [
        "Retry-After: " + "9" * 40, "Age: -5", "Date: Thu, 99 Foo 99999 99:99:99 GMT", "Expires: -1",
        "Cache-Control: max-age=" + "9" * 40, "Content-Type: \udcff\udcfe; charset=\udce9", "Last-Modified: 0",
        "Set-Cookie: a=b; Domain=.example", "Link: <", "Server: " + "x" * 8000,
    ]  # fmt: skip
    for status in ("200 OK", "429 Too Many", "503 No", "999 Odd"):
        async with talking(saying(ok(FEED, *absurd).replace(b"200 OK", status.encode()))) as at:
            got = await fetcher.fetch(request(at))
            assert isinstance(got, Fetched if status == "200 OK" else FetchFailure), got
            if isinstance(got, FetchFailure):
                assert (got.kind, got.retry_after) == ("http", None)


async def test_cookies_are_neither_kept_nor_sent(fetcher: Fetcher) -> None:
    heads = []

    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head.lower())
        if len(heads) == 1:
            writer.write(b"HTTP/1.1 302 Found\r\nSet-Cookie: id=1\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.write(ok(FEED, "Set-Cookie: id=2"))

    async with talking(answer) as at:
        for _ in range(2):
            assert isinstance(await fetcher.fetch(request(at)), Fetched)
    assert len(heads) == 3
    assert not any(b"cookie:" in head for head in heads)


async def test_a_password_crosses_to_no_other_origin_and_stands_in_no_message(fetcher: Fetcher) -> None:
    heads = []

    async def other(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        writer.write(ok(FEED))

    async with talking(other, "127.0.0.2") as elsewhere:
        for to in (elsewhere, "http://[::1/%zz", "gopher://x", "http://nowhere.invalid/", "http://127.0.0.1:1/"):
            move = f"HTTP/1.1 301 Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
            async with talking(saying(move)) as at:
                got = await fetcher.fetch(request(at.replace("//", "//desk:s3cret@")))
                assert isinstance(got, FetchFailure)
                assert "s3cret" not in repr(got)
    assert not heads  # it is private, and another origin


async def test_a_failure_names_the_address_that_failed_not_the_one_that_led_there(fetcher: Fetcher) -> None:
    move = b"HTTP/1.1 302 Found\r\nLocation: http://nowhere.invalid/feed\r\nContent-Length: 0\r\n\r\n"
    async with talking(saying(move)) as at:
        got = await fetcher.fetch(request(at))
    assert isinstance(got, FetchFailure)
    assert got.message in ("no such host: nowhere.invalid", "no answer from DNS: nowhere.invalid")


LARGE = gzip.compress(json.dumps({"text": "x" * 3_000_000}).encode())


def stalling(*parts: bytes) -> Talk:
    async def talk(head: bytes, writer: asyncio.StreamWriter) -> None:
        await saying(*parts)(head, writer)
        await asyncio.Event().wait()

    return talk


async def test_a_large_document_that_comes_slowly_holds_up_no_other(fetcher: Fetcher) -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + bytes(2_000_000)
    async with talking(stalling(begun)) as slow, talking(saying(ok(LARGE, "Content-Encoding: gzip"))) as quick:
        waiting = [asyncio.create_task(fetcher.fetch(request(slow, timeout=timedelta(seconds=60)))) for _ in range(4)]
        for _ in range(3):
            got = await fetcher.fetch(request(quick))
            assert isinstance(got, Fetched)
            assert len(got.body) > 3_000_000
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_where_all_room_is_taken_large_documents_go_one_by_one_until_each_is_stored(fetcher: Fetcher) -> None:
    fetcher._room = Room(1_000_000)
    async with talking(saying(ok(LARGE, "Content-Encoding: gzip"))) as at, talking(saying(ok(FEED))) as small:
        first = ExitStack()
        assert isinstance(await fetcher.fetch(request(at), first), Fetched)
        second = asyncio.create_task(fetcher.fetch(request(at, timeout=timedelta(seconds=0.4))))
        assert isinstance(await fetcher.fetch(request(small)), Fetched)  # the small ones go past
        done, _ = await asyncio.wait({second}, timeout=0.5)
        assert not done  # it waits, and that is not counted as the server's time
        first.close()
        last = await second
        assert isinstance(last, Fetched)
        assert last.elapsed < 0.5


@given(steps=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 400)), max_size=60))
def test_bodies_never_hold_more_than_the_room_and_one_always_goes_on(steps: list[tuple[int, int]]) -> None:
    async def play() -> None:
        room = Room(1000)
        reservations = [Reservation(room) for _ in range(6)]
        sizes = [SMALL] * 6
        tasks: dict[int, asyncio.Task[None]] = {}
        for number, more in steps:
            if number not in tasks or tasks[number].done():
                sizes[number] += more
                tasks[number] = asyncio.create_task(reservations[number].grow(sizes[number]))
                await asyncio.sleep(0)
            assert sum(reservation.held for reservation in reservations) <= 1000
        while waiting := [number for number, task in tasks.items() if not task.done()]:
            going = [number for number in tasks if number not in waiting]
            assert going, "everybody waits"
            for number in going:
                reservations[number].release()
                del tasks[number]
            for _ in range(20):
                await asyncio.sleep(0)
        for reservation in reservations:
            reservation.release()
        await room.take(reservations[0], 1000)  # all of it was given back
        assert reservations[0].held == 1000

    asyncio.run(play())


@pytest.mark.parametrize(
    ("encoding", "part"), [("gzip", gzip.compress(FEED)), ("zstd", zstd.compress(FEED))], ids=["gzip", "zstd"]
)
def test_the_parts_of_a_compressed_body_are_joined_wherever_it_is_cut(encoding: str, part: bytes) -> None:
    body = 3 * part
    for at in range(len(part) - 1, len(part) + 2):
        inflater = Inflater(encoding, 1 << 20)
        for data in (body[:at], body[at : 2 * len(part)], body[2 * len(part) :]):
            inflater.feed(data)
        assert inflater.finish().startswith(2 * FEED)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "zstd"])
async def test_what_is_only_said_to_be_compressed_is_taken_as_it_is(fetcher: Fetcher, encoding: str) -> None:
    async with talking(saying(ok(FEED, f"Content-Encoding: {encoding}"))) as at:
        got = await fetcher.fetch(request(at))
    assert isinstance(got, Fetched)
    assert got.body == FEED


def test_a_window_of_zstd_beyond_what_http_allows_is_refused() -> None:
    compressor = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    wide = compressor.compress(FEED) + compressor.flush()
    with pytest.raises(BadEncoding):
        Inflater("zstd", 1 << 20).feed(wide)


def test_a_body_of_countless_empty_parts_is_refused() -> None:
    with pytest.raises(BadEncoding, match="more than 1000 parts"):
        Inflater("gzip", 1 << 20).feed(100_000 * gzip.compress(b""))


async def test_a_site_may_set_cookies_by_the_hundred(fetcher: Fetcher) -> None:
    async with talking(saying(ok(FEED, *(f"Set-Cookie: a{n}=b" for n in range(300))))) as at:
        assert isinstance(await fetcher.fetch(request(at)), Fetched)


async def test_a_304_that_nobody_asked_for_is_a_failure(fetcher: Fetcher) -> None:
    async with talking(saying(b"HTTP/1.1 304 Not Modified\r\n\r\n")) as at:
        assert isinstance(await fetcher.fetch(request(at)), FetchFailure)
        assert isinstance(await fetcher.fetch(request(at, validators=Validators(etag='"1"'))), NotModified)
