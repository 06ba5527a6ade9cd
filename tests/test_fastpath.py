"""Requests for a feed that the reader has are answered on a fast path; all others by aiohttp."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from aiohttp import web

from desk_site import Site, opened, print_quake
from feedhub.web import fastpath
from feedhub.web.connections import Connections, TimedHandler
from feedhub.web.fastpath import FastConnection, FastPath
from feedhub.web.server import served
from raw import Streams, connected, request

ANSWERED = 5.0  # seconds in which an answer is there, on whatever machine


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with opened(tmp_path) as site:
        print_quake(site)
        yield site


@dataclass(eq=False)
class Guest:
    """Somebody who has come."""

    address: str = "198.51.100.1"
    waiting: bool = False
    stalled: bool = False
    gone: bool = False

    def drop(self) -> None:
        self.gone = True

    close = drop


@pytest.mark.parametrize(
    ("before", "goes"),
    [
        ((Guest(), Guest(stalled=True), Guest(waiting=True)), 2),
        ((Guest(), Guest(stalled=True), Guest()), 1),
        ((Guest(), Guest(), Guest()), 3),
    ],
    ids=["who asks nothing", "who does not read", "else the newest"],
)
def test_of_too_many_one_goes_that_others_miss_least(before: tuple[Guest, ...], goes: int) -> None:
    connections, guests = Connections(most=3), [*before, Guest()]
    for guest in guests:
        connections.add(guest)
    assert [guest.gone for guest in guests] == [place == goes for place in range(4)]


def test_of_too_many_altogether_one_goes_from_where_most_have_come() -> None:
    connections = Connections(most=3)
    guests = [Guest("198.51.100.1"), Guest("198.51.100.2", waiting=True), Guest("198.51.100.2"), Guest("198.51.100.3")]
    for guest in guests:
        connections.add(guest)
    assert [guest.gone for guest in guests] == [False, True, False, False]


@asynccontextmanager
async def visiting(address: str) -> AsyncIterator[Streams]:
    reader, writer = await connected(address)
    try:
        async with asyncio.timeout(ANSWERED):
            yield reader, writer
    finally:
        writer.transport.abort()


async def answer(reader: asyncio.StreamReader, bodies: bool = True) -> tuple[int, dict[str, str]]:
    """The next answer's status and headers."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    if bodies:
        await reader.readexactly(int(headers.get("Content-Length", 0)))
    return int(head[0].split()[1]), headers


async def ended(reader: asyncio.StreamReader) -> bool:
    with suppress(ConnectionError):
        return await reader.read(1) == b""
    return True


async def tag_of(site: Site, path: str = "/topics/all.atom") -> str:
    return (await site.get(path))[1].headers["ETag"]


async def test_the_fast_path_says_what_aiohttp_would(site: Site) -> None:
    tag = await tag_of(site)
    async with visiting(site.address) as (reader, writer):
        writer.write(request("/topics/all.atom", f"If-None-Match: {tag}"))
        fast = await answer(reader)
        writer.write(request("/topics/all.atom", f"If-None-Match: W/{tag}"))  # which it leaves to aiohttp
        inside = await answer(reader)
    assert fast[0] == inside[0] == 304
    assert {**fast[1], "Date": ""} == {**inside[1], "Date": ""}


async def test_who_wants_the_connection_ended_with_the_answer_is_answered_alike_on_the_fast_path(site: Site) -> None:
    tag = await tag_of(site)
    said = []
    for form in (tag, f"W/{tag}"):
        async with visiting(site.address) as (reader, writer):
            writer.write(request("/topics/all.atom", f"If-None-Match: {form}", "Connection: close"))
            said.append(await answer(reader))
            assert await ended(reader)
    fast, inside = said
    assert fast[0] == inside[0] == 304
    assert {**fast[1], "Date": ""} == {**inside[1], "Date": ""}
    assert fast[1]["Connection"] == "close"


async def test_a_reader_is_told_on_the_fast_path_again_and_again_and_counted(site: Site) -> None:
    tag = await tag_of(site)
    async with visiting(site.address) as (reader, writer):
        for _ in range(3):
            writer.write(request("/topics/all.atom", f"If-None-Match: {tag}"))
            assert (await answer(reader))[0] == 304
    counted = await site.text("/metrics")
    assert 'feedhub_requests_total{route="/topics/{topic}.{format}",status="304"} 3.0' in counted


async def test_what_has_changed_is_sent_on_the_same_connection(site: Site) -> None:
    tag = await tag_of(site)
    async with visiting(site.address) as (reader, writer):
        writer.write(request("/topics/all.atom", f"If-None-Match: {tag}"))
        assert (await answer(reader))[0] == 304
        print_quake(site)
        writer.write(request("/topics/all.atom", 'If-None-Match: "another"'))
        assert (await answer(reader))[0] == 200
        writer.write(request("/topics/all.atom", f"If-None-Match: {await tag_of(site)}"))
        assert (await answer(reader))[0] == 304


async def test_what_is_not_plainly_a_reader_who_has_it_is_answered_by_aiohttp(site: Site) -> None:
    has = f"If-None-Match: {await tag_of(site)}"
    for sent, status in (
        (request("/topics/all.atom", has, method="HEAD"), 304),
        (request("/topics/all.atom", has, "Content-Length: 2") + b"ab", 304),
        (request("/topics/all.atom", has, version="1.0"), 304),
        (request("/topics/all.atom?limit=1", has), 200),
        (request("/topics/all.atom", has, "Accept-Encoding: gzip"), 200),
        (request("/topics/all.atom"), 200),
        (request("/topics/all.atom", has, method="POST"), 405),
        (request("/topics/all.atom", has, "Content-Length: x"), 400),
    ):
        async with visiting(site.address) as (reader, writer):
            writer.write(sent)
            assert (await answer(reader))[0] == status, sent
            if b"HTTP/1.0" in sent or status == 400:
                assert await ended(reader), sent


async def test_however_requests_are_cut_into_packets_each_is_answered_in_its_turn(site: Site) -> None:
    tag, random = await tag_of(site), Random(0)
    kinds = {
        request("/topics/all.atom", f"If-None-Match: {tag}"): 304,
        request("/topics/all.atom"): 200,
        request("/healthz"): 200,
        request("/nowhere"): 404,
        request("/topics/all.atom", f"If-None-Match: {tag}", "Content-Length: 3") + b"abc": 304,
    }
    for _ in range(8):
        asked = random.choices(list(kinds), weights=(6, 1, 1, 1, 1), k=8)
        async with visiting(site.address) as (reader, writer):
            for packet in _cut(b"".join(asked), random):
                writer.write(packet)
                await asyncio.sleep(0)
            assert [(await answer(reader))[0] for _ in asked] == [kinds[one] for one in asked]


def _cut(whole: bytes, random: Random) -> Sequence[bytes]:
    places = [0, *sorted(random.sample(range(1, len(whole)), 6)), len(whole)]
    return [whole[start:end] for start, end in pairwise(places)]


async def test_who_asks_nothing_goes_and_who_has_asked_may_take_longer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastpath, "HEAD", 0.2)
    tag = await tag_of(site)
    async with visiting(site.address) as (reader, writer), visiting(site.address) as (silent, _):
        writer.write(request("/topics/all.atom", f"If-None-Match: {tag}"))
        assert (await answer(reader))[0] == 304
        assert await ended(silent)
        writer.write(request("/topics/all.atom", f"If-None-Match: {tag}"))
        assert (await answer(reader))[0] == 304


async def test_who_was_answered_and_asks_no_more_goes_after_a_while(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastpath, "HEAD", 0.2)
    monkeypatch.setattr(fastpath, "IDLE", 0.3)
    async with visiting(site.address) as (reader, writer):
        writer.write(request("/topics/all.atom", f"If-None-Match: {await tag_of(site)}"))
        assert (await answer(reader))[0] == 304
        assert await ended(reader)


@pytest.mark.parametrize("first", [request("/", "Connection: close"), request("/", version="1.0"), b"GET / HT", b"?"])
async def test_what_one_connection_sends_is_nothing_to_the_next(first: bytes) -> None:
    fast_path = FastPath(lambda target, headers: b"HTTP/1.1 304 Not Modified\r\n")
    answered = fast_path.answer(first)
    assert answered.last if answered else b"close" not in first
    assert fast_path.answer(request("/"))


async def test_who_asks_without_reading_is_let_go() -> None:
    """Its requests are given to the connection one by one: through a socket they would come several at once."""
    ours, theirs = socket.socketpair()
    fast_path = FastPath(lambda target, headers: b"HTTP/1.1 304 Not Modified\r\n")
    loop = asyncio.get_running_loop()
    transport, one = await loop.connect_accepted_socket(
        lambda: FastConnection(Connections(), fast_path, _nobody_comes_in), ours
    )
    for _ in range(10_000):
        if transport.is_closing():
            break
        one.data_received(request("/"))
    assert transport.is_closing()
    theirs.close()


def _nobody_comes_in() -> TimedHandler:
    raise AssertionError("all is answered on the fast path")


async def test_who_waits_on_the_fast_path_is_let_go_at_the_end() -> None:
    app = web.Application()
    app[fastpath.UNCHANGED] = lambda target, headers: b"HTTP/1.1 304 Not Modified\r\n"
    async with served(app, "127.0.0.1", 0) as address:
        reader, writer = await connected(address)
        writer.write(request("/"))
        assert (await answer(reader))[0] == 304
    async with asyncio.timeout(ANSWERED):
        assert await ended(reader)
    writer.close()
