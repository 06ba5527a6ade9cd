"""Fetching from real servers, of every sort that is met."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import brotli
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from feedhub.daemon.clock import now
from feedhub.fetch import Fetcher, user_agent
from feedhub.fetch.address import is_public
from feedhub.fetch.failure import said_by
from feedhub.fetch.hints import retry_after
from feedhub.fetch.inflate import zstd
from feedhub.fetch.room import SMALL, Reservation, Room
from feedhub.model import Fetched, FetchFailure, FetchRequest, NotModified, Validators

FEED = b"<rss><channel><title>A feed</title></channel></rss>" * 20
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(**handlers: Handler) -> AsyncIterator[str]:
    app = web.Application()
    for name, handler in handlers.items():
        app.router.add_get(f"/{name}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(concurrency=10, per_host=10, clock=now) as fetcher:
        yield fetcher


def request(url: str, **fields: Any) -> FetchRequest:
    return FetchRequest(**{"url": url, "allow_private": True, "timeout": timedelta(seconds=5), **fields})


async def fine(_: web.Request) -> web.Response:
    return web.Response(
        body=FEED, headers={"ETag": 'W/"a b"', "Last-Modified": "yesterday", "Content-Type": "text/xml"}
    )


def redirecting(status: int, to: str) -> Handler:
    async def redirect(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": to})

    return redirect


async def test_a_document_comes_with_its_validators_as_sent(fetcher: Fetcher) -> None:
    async with serving(feed=fine) as at:
        got = await fetcher.fetch(request(f"{at}/feed"))
    assert isinstance(got, Fetched)
    assert (got.body, got.size, got.status, got.content_type) == (FEED, len(FEED), 200, "text/xml")
    assert got.validators == Validators(etag='W/"a b"', last_modified="yesterday")
    assert got.elapsed > 0


async def test_the_next_request_asks_whether_anything_changed(fetcher: Fetcher) -> None:
    seen: dict[str, str] = {}

    async def not_modified(asked: web.Request) -> web.Response:
        seen.update(asked.headers)
        return web.Response(status=304, headers={"ETag": '"2"'})

    async with serving(feed=not_modified) as at:
        got = await fetcher.fetch(request(f"{at}/feed", validators=Validators(etag='"1"', last_modified="then")))
        unasked = await fetcher.fetch(request(f"{at}/feed"))
    assert isinstance(got, NotModified)
    assert got.validators == Validators(etag='"2"', last_modified="then")
    assert (seen["User-Agent"], seen["Accept-Encoding"]) == (user_agent(None), "gzip, deflate, br, zstd")
    assert isinstance(unasked, FetchFailure)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(FEED)),
        ("gzip", gzip.compress(FEED[:100]) + gzip.compress(FEED[100:])),
        ("deflate", zlib.compress(FEED)),
        ("deflate", zlib.compress(FEED)[2:-4]),
        ("br", brotli.compress(FEED)),
        ("zstd", zstd.compress(FEED)),
        ("gzip", b"".join(gzip.compress(FEED[at : at + 9]) for at in range(0, len(FEED), 9))),
        ("zstd", b"".join(zstd.compress(FEED[at : at + 9]) for at in range(0, len(FEED), 9))),
        ("identity", FEED),
    ],
    ids=["gzip", "gzip in two parts", "deflate", "bare deflate", "br", "zstd", "gzip in many", "zstd in many", "plain"],
)
async def test_every_encoding_is_inflated(fetcher: Fetcher, encoding: str, packed: bytes) -> None:
    async def compressed(_: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": encoding})

    async with serving(feed=compressed) as at:
        got = await fetcher.fetch(request(f"{at}/feed"))
    assert isinstance(got, Fetched), got
    assert (got.body, got.size) == (FEED, len(packed))


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", partial(brotli.compress, quality=1)),
        ("zstd", zstd.compress),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_bomb_is_noticed_before_it_has_gone_off(
    fetcher: Fetcher, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(bytes(5_000_000))

    async def bomb(_: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": encoding})

    async with serving(feed=bomb) as at:
        got = await fetcher.fetch(request(f"{at}/feed", max_size=1_000_000))
    assert isinstance(got, FetchFailure)
    assert got.kind == "too-large"
    assert "inflates to more than 2 MB" in got.message


async def test_what_is_not_what_its_encoding_says_is_refused(fetcher: Fetcher) -> None:
    async def mislabelled(_: web.Request) -> web.Response:
        return web.Response(body=b"no gzip, no feed", headers={"Content-Encoding": "gzip"})

    async def cut(_: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(FEED)[:-12], headers={"Content-Encoding": "gzip"})

    async def twice(_: web.Request) -> web.Response:
        return web.Response(body=brotli.compress(gzip.compress(FEED)), headers={"Content-Encoding": "gzip, br"})

    async with serving(wrong=mislabelled, cut=cut, twice=twice) as at:
        for path in ("wrong", "cut", "twice"):
            got = await fetcher.fetch(request(f"{at}/{path}"))
            assert isinstance(got, FetchFailure)
            assert got.kind == "encoding"


async def test_size_is_counted_as_it_comes_whatever_the_header_says(fetcher: Fetcher) -> None:
    async def endless(asked: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(asked)
        for _ in range(1000):
            await answer.write(bytes(10_000))
        return answer

    async with serving(feed=endless, honest=fine) as at:
        got = await fetcher.fetch(request(f"{at}/feed", max_size=200_000))
        stated = await fetcher.fetch(request(f"{at}/honest", max_size=100))
    for failure in (got, stated):
        assert isinstance(failure, FetchFailure)
        assert failure.kind == "too-large"


async def test_a_slow_drip_ends_at_the_deadline(fetcher: Fetcher) -> None:
    gone = asyncio.Event()

    async def drips(asked: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(asked)
        try:
            while True:
                await answer.write(b" ")
                await asyncio.sleep(0.02)
        except (ConnectionError, asyncio.CancelledError):
            gone.set()
            raise

    async with serving(feed=drips) as at:
        got = await fetcher.fetch(request(f"{at}/feed", timeout=timedelta(seconds=0.3)))
        await asyncio.wait_for(gone.wait(), 5)
    assert isinstance(got, FetchFailure)
    assert (got.kind, "within 0.3 s" in got.message) == ("timeout", True)


@pytest.mark.slow
async def test_waiting_for_a_slot_is_not_counted_against_the_deadline() -> None:
    free = asyncio.Event()

    async def held(_: web.Request) -> web.Response:
        await free.wait()
        return web.Response(body=FEED)

    async with serving(feed=held) as at, Fetcher(concurrency=10, per_host=1, clock=now) as fetcher:
        patient, asked = (request(f"{at}/feed", timeout=timedelta(seconds=seconds)) for seconds in (60, 0.5))
        asyncio.get_running_loop().call_later(0.6, free.set)
        got = await asyncio.gather(fetcher.fetch(patient), fetcher.fetch(asked))
    assert all(isinstance(one, Fetched) for one in got)


async def test_a_connection_is_kept_while_others_ask_the_same_site_and_else_ended() -> None:
    connections: list[object] = []
    said: list[str | None] = []

    async def heard(asked: web.Request) -> web.Response:
        connections.append(asked.transport)
        said.append(asked.headers.get("Connection"))
        return web.Response(status=304)

    async with serving(feed=heard) as at, Fetcher(concurrency=10, per_host=2, clock=now) as fetcher:
        known = request(f"{at}/feed", validators=Validators(etag="a"))
        for _ in range(2):
            assert isinstance(await fetcher.fetch(known), NotModified)
        assert said == ["close", "close"]
        assert len(set(connections)) == 2
        connections.clear()
        got = await asyncio.gather(*(fetcher.fetch(known) for _ in range(9)))
    assert all(isinstance(one, NotModified) for one in got)
    assert len(connections) == 9
    assert len(set(connections)) < 5, "two at once, and few more: whoever stands alone for a moment ends his"


async def test_redirects_are_followed_and_permanent_ones_told(fetcher: Fetcher) -> None:
    async with serving(
        feed=fine, moved=redirecting(308, "/feed"), twice=redirecting(301, "moved"), found=redirecting(302, "/moved"),
        mixed=redirecting(301, "/found"),
    ) as at:  # fmt: skip
        told = {}
        for path in ("feed", "moved", "twice", "found", "mixed"):
            got = await fetcher.fetch(request(f"{at}/{path}"))
            assert isinstance(got, Fetched)
            assert got.url == f"{at}/feed"
            told[path] = got.moved_to
    assert told == {"feed": None, "moved": f"{at}/feed", "twice": f"{at}/feed", "found": None, "mixed": None}


async def test_redirects_that_never_arrive_are_given_up(fetcher: Fetcher) -> None:
    async def onward(asked: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"?n={int(asked.query.get('n', 0)) + 1}"})

    async with serving(
        on=onward, a=redirecting(302, "/b"), b=redirecting(302, "/a"), nowhere=redirecting(302, "javascript:x")
    ) as at:
        for path, said in {"on": "more than 5", "a": "circle", "nowhere": "nowhere"}.items():
            got = await fetcher.fetch(request(f"{at}/{path}"))
            assert isinstance(got, FetchFailure)
            assert (got.kind, said in got.message) == ("redirect", True), got


async def test_private_addresses_are_refused_unless_the_source_may(fetcher: Fetcher) -> None:
    port = ":1"
    for url in (
        "http://127.0.0.1",
        "http://[::1]",
        "http://localhost",
        "http://[::ffff:127.0.0.1]",
        "http://2130706433",
    ):
        got = await fetcher.fetch(request(url + port, allow_private=False))
        assert isinstance(got, FetchFailure)
        assert got.kind in ("blocked", "dns", "protocol"), got
        assert got.kind != "blocked" or "allow_private" in got.message


async def test_permission_for_private_addresses_covers_the_source_s_own_origin_only(fetcher: Fetcher) -> None:
    async with serving(feed=fine) as other, serving(away=redirecting(302, f"{other}/feed")) as at:
        got = await fetcher.fetch(request(f"{at}/away"))
    assert isinstance(got, FetchFailure)
    assert (got.kind, "no redirect into one" in got.message) == ("blocked", True), got


def test_what_a_server_says_is_one_line_without_signs_that_a_terminal_would_obey() -> None:
    assert said_by("no\x1b[31m way\r\n\x07 out") == "no [31m way out"
    assert len(said_by("x" * 9_000)) == 200


async def test_who_goes_on_without_room_leaves_what_it_held_to_others() -> None:
    room = Room(100_000)
    first, other = Reservation(room), Reservation(room)
    async with asyncio.timeout(5):
        await first.grow(SMALL + 80_000)
        await first.grow(SMALL + 150_000)
        await other.grow(SMALL + 90_000)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("100.64.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
        ("junk", False),
    ],
)
def test_an_address_is_public_or_not_whatever_it_is_wrapped_in(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_a_status_is_a_failure_with_what_the_server_asks(fetcher: Fetcher) -> None:
    async def busy(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "120"})

    async def gone(_: web.Request) -> web.Response:
        return web.Response(status=410)

    async def empty(_: web.Request) -> web.Response:
        return web.Response(body=b" \n")

    async with serving(busy=busy, gone=gone, empty=empty) as at:
        asked = [await fetcher.fetch(request(f"{at}/{path}")) for path in ("busy", "gone", "empty")]
    assert all(isinstance(one, FetchFailure) for one in asked)
    failures = [one for one in asked if isinstance(one, FetchFailure)]
    assert [failure.message for failure in failures] == [
        "HTTP 429 Too Many Requests",
        "HTTP 410 Gone",
        "the answer is empty",
    ]
    assert failures[0].retry_after == timedelta(minutes=2)


def test_any_retry_after_is_read_or_passed_over() -> None:
    at = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert retry_after("Mon, 23 Nov 2026 09:00:00 GMT", "Mon, 23 Nov 2026 08:30:00 GMT", at) == timedelta(minutes=30)
    assert retry_after("Mon, 23 Nov 2026 07:00:00 GMT", None, at) == timedelta(0)
    for junk in ("soon", "-5", "", None, "１２", "9" * 40, "99999999", "Fri, 31 Dec 9999 23:59:59 GMT"):
        assert retry_after(junk, None, at) is None


async def test_what_is_not_there_is_said_in_words_and_without_passwords(fetcher: Fetcher) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        got = await fetcher.fetch(request(f"http://user:secret@127.0.0.1:{port}/"))
    assert got == FetchFailure(kind="connect", message="127.0.0.1 refused the connection", elapsed=got.elapsed)


@dataclass
class Unhelpful(AbstractResolver):
    """Knows no name."""

    code: int

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise socket.gaierror(self.code, "so the system says")

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("code", "said"),
    [(socket.EAI_NONAME, "no such host: nowhere.invalid"), (socket.EAI_AGAIN, "no answer from DNS: nowhere.invalid")],
)
async def test_a_name_that_nobody_has_is_told_from_one_that_nobody_can_look_up(code: int, said: str) -> None:
    async with Fetcher(concurrency=1, per_host=1, clock=now, resolver=Unhelpful(code)) as fetcher:
        nowhere = await fetcher.fetch(request("http://nowhere.invalid/"))
    assert isinstance(nowhere, FetchFailure)
    assert (nowhere.kind, nowhere.message) == ("dns", said)


async def test_credentials_of_the_address_are_sent_to_its_own_origin_only(fetcher: Fetcher) -> None:
    seen: list[str | None] = []

    async def guarded(asked: web.Request) -> web.Response:
        seen.append(asked.headers.get("Authorization"))
        return web.Response(body=FEED)

    async with serving(feed=guarded) as at:
        url = at.replace("http://", "http://desk:s%40cret@")
        got = await fetcher.fetch(request(f"{url}/feed"))
    assert isinstance(got, Fetched)
    assert seen == ["Basic ZGVzazpzQGNyZXQ="]
    assert got.url == f"{at}/feed"


async def test_bytes_that_are_not_http_are_a_failure(fetcher: Fetcher) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"SSH-2.0-OpenSSH\x1b[31m\r\n\r\n")
        writer.close()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    for server, said in ((babble, "does not answer in HTTP"), (silent, "closed the connection")):
        listening = await asyncio.start_server(server, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        got = await fetcher.fetch(request(f"http://127.0.0.1:{port}/"))
        listening.close()
        assert isinstance(got, FetchFailure)
        assert (got.kind, said in got.message, "\x1b" in got.message) == ("protocol", True, False), got


async def test_an_answer_that_breaks_off_is_a_failure_not_a_document(fetcher: Fetcher) -> None:
    async def breaks_off(asked: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "5000"})
        await answer.prepare(asked)
        await answer.write(FEED[:100])
        assert asked.transport
        asked.transport.close()
        return answer

    async with serving(feed=breaks_off) as at:
        got = await fetcher.fetch(request(f"{at}/feed"))
    assert isinstance(got, FetchFailure)
    assert got.kind == "protocol"


async def test_long_header_lines_of_real_sites_are_read(fetcher: Fetcher) -> None:
    async def wordy(_: web.Request) -> web.Response:
        return web.Response(body=FEED, headers={"Content-Security-Policy": "x" * 20_000})

    async with serving(feed=wordy) as at:
        assert isinstance(await fetcher.fetch(request(f"{at}/feed")), Fetched)


async def test_a_cancelled_fetch_frees_its_slot() -> None:
    asked = asyncio.Event()

    async def hangs(_: web.Request) -> web.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with serving(hang=hangs, feed=fine) as at, Fetcher(concurrency=1, per_host=1, clock=now) as fetcher:
        task = asyncio.create_task(fetcher.fetch(replace(request(f"{at}/hang"), timeout=timedelta(minutes=1))))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert isinstance(await fetcher.fetch(request(f"{at}/feed")), Fetched)
