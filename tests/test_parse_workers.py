"""Children that die, hang or run out of something, and the documents that must not suffer for it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from feedhub.model import ParsedFeed, ParseFailure
from feedhub.parse import workers
from feedhub.parse.child import NICE
from feedhub.parse.workers import ParserClosed, ParserPool
from process import children, kill_children, until

pytestmark = pytest.mark.slow

Pools = Callable[..., ParserPool]


@pytest.fixture
async def started() -> AsyncIterator[Pools]:
    pools: list[ParserPool] = []

    def start(count: int = 1, *, wall: float = 2, **limits: int) -> ParserPool:
        pools.append(ParserPool(count, wall=timedelta(seconds=wall), **limits))
        pools[-1].start()
        return pools[-1]

    yield start
    for pool in pools:
        pool.close()
    assert not children()


def feed(title: str = "A", items: int = 1) -> bytes:
    item = f"<item><title>{title}</title><description>words</description></item>"
    return f"<rss version='2.0'><channel>{item * items}</channel></rss>".encode()


async def read(pool: ParserPool, body: bytes) -> ParsedFeed | ParseFailure:
    return await pool.parse(body, content_type=None, url="https://a.example/", timezone="UTC")


def titles(found: ParsedFeed | ParseFailure) -> list[str]:
    assert isinstance(found, ParsedFeed), found
    return [entry.title for entry in found.entries]


def only_child() -> int:
    (pid,) = children()
    return pid


async def test_what_is_typed_in_a_terminal_is_not_for_a_child_that_begins(started: Pools) -> None:
    await read(started(), feed())
    assert os.getpgid(only_child()) != os.getpgrp()


def test_a_child_whose_parent_ended_as_it_began_says_nothing() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        ours.close()
        command = [sys.executable, "-m", "feedhub.offspring", str(theirs.fileno())]
        ended = subprocess.run(command, pass_fds=[theirs.fileno()], capture_output=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


async def test_a_child_that_hears_no_signal_is_replaced_and_no_call_behind_it_is_lost(
    started: Pools, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workers, "GRACE", 0.1)
    pool = started(wall=0.3)
    await read(pool, feed())
    os.kill(only_child(), signal.SIGSTOP)
    with caplog.at_level(logging.ERROR):
        found = await asyncio.gather(*(read(pool, feed(str(n))) for n in range(5)))
    assert [titles(one) for one in found] == [[str(n)] for n in range(5)]
    assert caplog.records == []


async def test_a_large_document_on_its_way_to_a_child_that_hangs_is_read_by_the_next(
    started: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "GRACE", 0.1)
    pool = started(wall=1)  # for which the next child has time on a busy machine
    await read(pool, feed())
    os.kill(only_child(), signal.SIGSTOP)
    assert titles(await read(pool, feed("large") + b" " * 2_000_000)) == ["large"]


async def test_children_stand_back_behind_who_stores_and_serves(started: Pools) -> None:
    pool = started()
    await read(pool, feed())
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, only_child()) == min(19, own + NICE)


async def test_children_are_replaced_now_and_then_without_losing_a_call(
    started: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "RECYCLED", 3)
    pool = started()
    await read(pool, feed())
    first = only_child()
    found = await asyncio.gather(*(read(pool, feed(str(n))) for n in range(8)))
    assert [titles(one) for one in found] == [[str(n)] for n in range(8)]
    assert first not in children()


async def test_a_child_that_hangs_is_ended_though_its_pool_was_replaced_meanwhile(
    started: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "RECYCLED", 3)
    monkeypatch.setattr(workers, "GRACE", 0.1)
    pool = started(wall=0.3)
    await read(pool, feed())
    os.kill(only_child(), signal.SIGSTOP)
    found = await asyncio.gather(*(read(pool, feed(str(n))) for n in range(3)))
    assert [titles(one) for one in found] == [["0"], ["1"], ["2"]]  # the fixture finds no child left over


async def test_closing_ends_what_is_under_way_at_once_and_starts_nothing_new(started: Pools) -> None:
    pool = started(wall=30)
    await read(pool, feed())
    calls = [asyncio.create_task(read(pool, feed("not & well-formed", items=20_000))) for _ in range(3)]
    await asyncio.sleep(0)  # the calls begin
    pool.close()
    found = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
    assert {type(one) for one in found} == {ParserClosed}


async def test_a_document_beyond_a_child_s_memory_is_at_fault_and_its_neighbours_are_not(started: Pools) -> None:
    pool = started(2, wall=20, memory=200 << 20)
    too_large, *others = await asyncio.gather(
        read(pool, b"<rss><channel><title>" + "日".encode() * 25_000_000),
        *(read(pool, feed(str(n))) for n in range(3)),
    )
    assert isinstance(too_large, ParseFailure)
    assert too_large.kind == "parse-limit"
    assert [titles(one) for one in others] == [["0"], ["1"], ["2"]]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
async def test_no_document_makes_a_child_take_more_than_256_mb(started: Pools) -> None:
    pool = started(wall=20)
    await read(pool, feed())
    greedy = b'{"version":"https://jsonfeed.org/version/1","items":[' + b"{}," * 5_000_000 + b"{}]}"
    assert isinstance(await read(pool, greedy), ParseFailure)
    status = Path(f"/proc/{only_child()}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert 100_000 < peak < 256_000  # kB


async def test_children_that_died_idle_are_no_documents_fault(started: Pools) -> None:
    pool = started(2)
    await asyncio.gather(*(read(pool, feed()) for _ in range(2)))
    kill_children()
    found = await asyncio.gather(*(read(pool, feed(str(n))) for n in range(6)))
    assert [titles(one) for one in found] == [[str(n)] for n in range(6)]


async def test_a_call_that_is_given_up_leaves_no_answer_to_the_next(started: Pools) -> None:
    pool = started(wall=30)
    await read(pool, feed())
    given_up = asyncio.create_task(read(pool, feed("not & well-formed", items=20_000)))
    waiting = asyncio.create_task(read(pool, feed("next")))
    await asyncio.sleep(0)  # both begin
    given_up.cancel()
    assert titles(await waiting) == ["next"]


async def test_a_document_over_which_two_children_died_is_at_fault(started: Pools) -> None:
    pool = started(wall=20)
    await read(pool, feed())
    call = asyncio.create_task(read(pool, feed("not & well-formed", items=60_000)))
    for _ in range(2):
        await _kill_one_at_work()
    found = await call
    assert isinstance(found, ParseFailure)
    assert (found.kind, found.message) == ("parse-limit", "the parser broke down over this document")
    assert titles(await read(pool, feed("next"))) == ["next"]


AT_WORK = 0.8  # seconds of processor time; loading the parser takes a child a third of that


async def _kill_one_at_work() -> None:
    while True:
        for pid in children():
            if _processor_time(pid) > AT_WORK:
                os.kill(pid, signal.SIGKILL)
                until(lambda ended=pid: ended not in children(), "its end")
                return
        await asyncio.sleep(0.02)


def _processor_time(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:  # it has just ended
        return 0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
