"""Manners: who is asked when. See `internet`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from aiohttp import web

from feedhub.daemon.daemon import Daemon
from feedhub.daemon.front import Front
from feedhub.errors import NotFound
from internet import DAY, HOUR, MINUTE, SECOND, START, World, rss

T = TypeVar("T")

# --- what sources ask for --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "channel", "least", "why"),
    [
        ({"Cache_Control": "public, max-age=7200", "Age": "600"}, "", 110 * MINUTE, "Cache-Control max-age"),
        ({"Expires": "Mon, 23 Nov 2026 12:00:00 GMT", "Date": "Mon, 23 Nov 2026 08:30:00 GMT"}, "",
         3.5 * HOUR, "Expires"),
        ({}, "<ttl>180</ttl>", 3 * HOUR, "ttl"),
        ({}, "<sy:updatePeriod xmlns:sy='u'>daily</sy:updatePeriod><sy:updateFrequency>6</sy:updateFrequency>",
         4 * HOUR, "sy:updatePeriod"),
        ({}, "<updatePeriod>daily</updatePeriod><updateBase>2026-01-01T16:00Z</updateBase>", 8 * HOUR, "updateBase"),
        ({"Cache_Control": "max-age=86400000"}, "<ttl>600000</ttl>", DAY, "ttl"),
    ],
)  # fmt: skip
async def test_a_source_is_left_alone_for_as_long_as_it_asks_and_says_so(
    world: World, headers: dict[str, str], channel: str, least: timedelta, why: str
) -> None:
    world.feed("a.example/feed", rss("A", channel=channel), **headers)
    await world.configure(world.source("a.example/feed", max_interval=10 * MINUTE))
    await world.tick()
    health = world.health("a")
    assert health.next_poll
    assert least <= health.next_poll - START <= 1.06 * least
    assert "the source asks for" in health.next_reason
    assert why in health.next_reason
    await world.configure(world.source("a.example/feed", max_interval=10 * MINUTE))
    assert world.health("a").next_poll == health.next_poll, "another configuration leaves it as it is"


async def test_what_is_absurd_or_over_is_no_wish(world: World) -> None:
    said = {
        "a": {"Cache_Control": "max-age=31536000"},
        "b": {"Cache_Control": f"max-age={'9' * 40}"},
        "c": {"Cache_Control": "no-cache, max-age=7200"},
        "d": {"Cache_Control": "max-age=7200", "Age": "9000"},
        "e": {"Expires": "0"},
        "f": {"Expires": "Fri, 31 Dec 9999 23:59:59 GMT"},
        "g": {"Cache_Control": "max-age=-1, s-maxage=7200"},
    }
    absurd = rss("A", channel="<ttl>0</ttl><skipHours><hour>99</hour></skipHours>")
    for id, headers in said.items():
        world.feed(f"{id}.example/feed", absurd, **headers)
    await world.configure(*(world.source(f"{id}.example/feed", max_interval=10 * MINUTE) for id in said))
    await world.tick()
    wished = {id: world.health(id).next_reason for id in said}
    assert {id: reason for id, reason in wished.items() if "about" not in reason} == {}


async def test_what_a_document_asks_for_holds_over_a_304_and_until_another_says_otherwise(world: World) -> None:
    world.feed("a.example/feed", rss("A", channel="<ttl>120</ttl>"), ETag='W/"1"')
    await world.configure(world.source("a.example/feed", max_interval=10 * MINUTE))
    await world.tick()
    world.feed("a.example/feed", "-", status=304)
    await world.next("a")
    assert world.asked[-1][2]["If-None-Match"] == 'W/"1"'
    assert "ttl" in world.health("a").next_reason
    world.feed("a.example/feed", rss("A", "B"))
    await world.next("a")
    assert "ttl" not in world.health("a").next_reason


async def test_skipped_hours_are_skipped(world: World) -> None:
    hours = "".join(f"<hour>{hour}</hour>" for hour in (8, 9, 10, 11, 12))
    world.feed("a.example/feed", rss("A", channel=f"<skipHours>{hours}</skipHours>"))
    await world.configure(world.source("a.example/feed", max_interval=10 * MINUTE))
    await world.tick()
    assert world.health("a").next_poll == START.replace(hour=13)


async def test_a_source_s_wishes_can_be_let_be(world: World) -> None:
    world.feed("a.example/feed", rss("A", channel="<ttl>120</ttl>"), Cache_Control="max-age=9999")
    await world.configure(world.source("a.example/feed", max_interval=10 * MINUTE, hints=False))
    await world.tick()
    assert "about" in world.health("a").next_reason


async def test_a_budget_stretches_all_intervals_alike(world: World) -> None:
    places = [f"{letter}.example/feed" for letter in "abcdef"]
    for place in places:
        world.feed(place, rss("A"))
    sources = [world.source(place, min_interval=SECOND, max_interval=DAY) for place in places]
    await world.configure(*sources, budget=6)
    await world.until(START + 7 * HOUR, 5 * MINUTE)
    made = len([at for _, at, _ in world.asked if at > START + HOUR])
    assert 0.8 * 6 * 6 <= made <= 1.3 * 6 * 6


# --- courtesy --------------------------------------------------------------------------------------------


async def test_one_site_is_asked_twice_at_once_at_most_with_a_gap_between_and_others_at_will(world: World) -> None:
    places = [f"{name}.herald.co.jp/feed" for name in ("a", "b", "c", "d")] + ["e.example/feed"]
    for place in places:
        world.feed(place)
    await world.configure(*[world.source(place) for place in places], gap=2 * SECOND)
    for _ in range(10):
        await world.tick()
        world.now += SECOND
    herald = sorted(at for place, at, _ in world.asked if "herald" in place)
    assert [at - START for at in herald] == [timedelta(0), 2 * SECOND, 4 * SECOND, 6 * SECOND]
    assert world.times("e.example/feed") == [START]


async def test_private_hosts_need_no_gap_and_hold_up_nobody(world: World) -> None:
    world.feed("127.0.0.1/a", status=429, Retry_After="7200")
    world.feed("127.0.0.1/b")
    await world.configure(world.source("127.0.0.1/a", id="a"), world.source("127.0.0.1/b", id="b"))
    await world.tick()
    assert len(world.asked) == 2
    await world.until(START + 3 * HOUR, 10 * MINUTE)
    assert len(world.times("127.0.0.1/b")) > 1
    assert world.times("127.0.0.1/a")[1] - START >= 2 * HOUR


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry_After": "1800"}, 30 * MINUTE),
        (503, {"Retry_After": "1800"}, 30 * MINUTE),
        # the server's clock is three days slow
        (503, {"Retry_After": "Fri, 20 Nov 2026 08:30:00 GMT", "Date": "Fri, 20 Nov 2026 08:00:00 GMT"}, 30 * MINUTE),
        (429, {}, 10 * MINUTE),
        (429, {"Retry_After": "9" * 40}, 10 * MINUTE),
        (503, {"Retry_After": "9" * 40}, timedelta(0)),
    ],
)
async def test_an_overrun_server_is_left_alone_by_all_its_sources(
    world: World, status: int, headers: dict[str, str], wait: timedelta
) -> None:
    world.feed("a.herald.com/feed", "-", status=status, **headers)
    world.feed("b.herald.com/feed")
    world.feed("c.example/feed")
    await world.configure(*[world.source(place) for place in world.answers])
    await world.until(START + wait + 10 * MINUTE)
    assert world.times("a.herald.com/feed")[1] - START >= wait
    assert wait <= world.times("b.herald.com/feed")[0] - START <= wait + 2 * MINUTE
    assert world.times("c.example/feed")[0] - START <= MINUTE


async def test_a_source_can_be_taken_out_of_its_site_s_limits(world: World) -> None:
    world.feed("a.herald.com/feed", "-", status=429, Retry_After="5400")
    world.feed("b.herald.com/feed")
    world.feed("c.herald.com/feed")
    places = list(world.answers)
    await world.configure(world.source(places[0], shared_limits=False), *map(world.source, places[1:]))
    await world.until(START + 5 * MINUTE)
    assert [len(world.times(place)) > 0 for place in places] == [True] * 3
    await world.until(START + 2 * HOUR, 10 * MINUTE)
    assert world.times(places[0])[1] - START >= 90 * MINUTE


async def test_sources_that_wait_for_their_site_say_why(world: World) -> None:
    world.feed("a.herald.com/feed", "-", status=429, Retry_After="5400")
    world.feed("b.herald.com/feed")
    await world.configure(*[world.source(place) for place in world.answers])
    await world.tick()
    held = world.health("b")
    assert held.next_poll == START + 90 * MINUTE
    assert held.next_reason == "HTTP 429 for a: its site is left alone"


async def test_no_site_keeps_all_its_sources_waiting_for_longer_than_a_day(world: World) -> None:
    world.feed("a.herald.com/feed", "-", status=429, Retry_After="864000")
    world.feed("b.herald.com/feed")
    await world.configure(*[world.source(place) for place in world.answers])
    await world.tick()
    assert world.health("b").next_poll == START + DAY


async def test_polling_all_that_is_due_waits_for_the_gaps_of_sites(world: World) -> None:
    places = [f"{name}.herald.com/feed" for name in "abc"]
    for place in places:
        world.feed(place)
    await world.configure(*[world.source(place) for place in places], gap=timedelta(seconds=0.01))
    assert world.polls
    assert world.doors
    began = datetime.now(UTC)
    object.__setattr__(world.doors, "clock", lambda: START + (datetime.now(UTC) - began))
    assert len(await world.polls.due()) == 3


async def test_of_much_that_is_due_more_is_started_as_slots_get_free(world: World) -> None:
    places = [f"{name}.example/feed" for name in "abcdefghi"]
    for place in places:
        world.feed(place)
    await world.configure(*[world.source(place) for place in places], concurrency=2)
    assert world.polls
    await world.polls.keep_up(30)
    await world.polls.drain()
    assert sorted(place for place, _, _ in world.asked) == places


async def test_a_tick_that_goes_on_begins_nothing_behind_the_end(world: World) -> None:
    places = [f"{name}.example/feed" for name in "abcdefghi"]
    for place in places:
        world.feed(place)
    chosen = await world.configure(*[world.source(place) for place in places], concurrency=2)
    assert world.writer
    assert world.doors
    daemon = Daemon(chosen, world.writer, world.doors, Front(chosen, ()))
    ticking = asyncio.create_task(daemon.tick())
    await asyncio.sleep(0)
    await daemon.drain()
    assert ticking.done()
    asked = len(world.asked)
    await daemon.tick()
    assert len(world.asked) == asked


async def test_a_poll_that_begins_as_the_last_of_its_source_ends_is_known_to_be_under_way(world: World) -> None:
    await world.configure(world.source("a.example/feed"))
    assert world.polls
    assert world.writer
    world.polls.configure(replace(world.polls.settings, sources=()))  # its polls fail at once, without a fetch
    held, both, again = threading.Event(), threading.Event(), threading.Event()

    def queued(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        tasks.append(task := asyncio.create_task(work))
        return task

    tasks: list[asyncio.Task[Any]] = []
    first = queued(world.polls.start_due())
    await asyncio.sleep(0)
    queued(world.writer.do(lambda store: held.wait()))
    await first  # its poll waits to be stored
    await asyncio.sleep(0)
    world.now += DAY
    second = queued(world.polls.start_due())
    await asyncio.sleep(0)
    queued(world.writer.do(lambda store: both.set() or again.wait()))
    await asyncio.sleep(0)
    held.set()
    both.wait()  # in one turn the loop learns that the one poll is stored and the next one claimed
    await second
    while len(world.reports) < 1:
        await asyncio.sleep(0)
    asked = queued(world.polls.these(["a"]))
    await asyncio.sleep(0)
    again.set()
    await asyncio.gather(*tasks)
    assert await asked == world.reports[1:], "it was waited for, and nothing polled a third time"


async def test_nothing_is_polled_behind_the_end(world: World) -> None:
    world.feed("a.example/feed")
    await world.configure(world.source("a.example/feed"))
    assert world.polls
    await world.polls.drain()
    assert await world.polls.these(["a"]) == await world.polls.due() == []
    assert world.asked == []


async def test_after_a_long_stop_the_longest_due_come_first_and_no_site_is_overrun(world: World) -> None:
    places = [f"{name}.herald.com/feed" for name in "abc"]
    for place in places:
        world.feed(place)
    await world.configure(*[world.source(place) for place in places])
    for _ in range(5):
        await world.tick()
        world.now += 3 * SECOND
    due = sorted(places, key=lambda place: world.health(place[0]).next_poll or START)
    world.asked.clear()
    world.now = START + 5 * DAY
    await world.configure(*[world.source(place) for place in places])
    for _ in range(6):
        await world.tick()
        world.now += SECOND
    assert [place for place, _, _ in world.asked] == due
    assert [at - START - 5 * DAY for _, at, _ in world.asked] == [timedelta(0), 2 * SECOND, 4 * SECOND]


async def test_after_a_long_stop_what_is_overdue_comes_at_the_budget_s_rate(world: World) -> None:
    places = [f"{name}.example/feed" for name in "abcdefgh"]
    for place in places:
        world.feed(place)
    sources = [world.source(place) for place in places]
    await world.configure(*sources, budget=6)
    await world.tick()
    assert len(world.asked) == 8, "what was never polled does not wait"
    due = sorted(places, key=lambda place: world.health(place[0]).next_poll or START)
    world.asked.clear()
    world.now = START + 5 * DAY
    world.feed("new.example/feed")
    await world.configure(*sources, world.source("new.example/feed"), budget=6)
    assert world.writer
    assert await world.writer.do(lambda store: store.catch_up(world.now)) == 8
    assert world.health(due[-1][0]).next_reason == "it fell due while feedhub did not run: in its turn"
    await world.until(START + 5 * DAY + 69 * MINUTE)
    first = {place: at - START - 5 * DAY for place, at, _ in reversed(world.asked)}
    assert first.pop("new.example/feed") <= MINUTE
    assert [first[place] for place in due[1:7]] == [turn * 10 * MINUTE for turn in range(1, 7)]
    assert due[7] not in first


async def test_a_stop_in_which_all_sources_failed_is_caught_up_with_all_the_same(world: World) -> None:
    places = [f"{name}.example/feed" for name in "abcd"]
    for place in places:
        world.feed(place, "-", status=502)
    await world.configure(*[world.source(place) for place in places])
    await world.tick()
    world.now = START + 5 * DAY
    assert world.writer
    assert await world.writer.do(lambda store: store.catch_up(world.now)) == 4
    latest = max(health.next_poll for name in "abcd" if (health := world.health(name)).next_poll)
    assert 30 * MINUTE < latest - world.now < HOUR


@pytest.mark.slow
async def test_sources_of_one_site_drift_apart(world: World) -> None:
    places = [f"{number}.herald.com/feed" for number in range(10)]
    for place in places:
        world.feed(place)
    await world.configure(*[world.source(place, max_interval=2 * HOUR) for place in places])
    await world.until(START + 2 * DAY)
    due = sorted(health.next_poll for id in map(str, range(10)) if (health := world.health(id)).next_poll)
    assert min(later - earlier for earlier, later in pairwise(due)) > 30 * SECOND


@pytest.mark.parametrize("interval", [2 * MINUTE, 9 * HOUR])
async def test_intervals_that_are_edited_hold_from_the_next_poll_on(world: World, interval: timedelta) -> None:
    world.feed("a.example/feed")
    await world.configure(world.source("a.example/feed", min_interval=HOUR, max_interval=HOUR))
    await world.tick()
    await world.configure(world.source("a.example/feed", min_interval=interval, max_interval=interval))
    world.now += 2 * HOUR
    await world.tick()
    later = world.health("a").next_poll
    assert later
    assert 0.94 * interval <= later - world.now <= 1.06 * interval


async def test_a_server_that_lies_with_304_is_asked_without_conditions_once_a_day(world: World) -> None:
    edition = ["A"]

    async def liar(request: web.Request) -> web.Response:
        if "If-None-Match" in request.headers:
            return web.Response(status=304)
        return web.Response(text=rss(*edition), headers={"ETag": '"always"'})

    world.answers["a.example/feed"] = liar
    await world.configure(world.source("a.example/feed", max_interval=HOUR))
    await world.tick()
    edition.append("B")
    await world.until(START + 23 * HOUR, HOUR)
    assert sum(report.new for report in world.reports) == 1
    await world.until(START + 27 * HOUR, HOUR)
    assert sum(report.new for report in world.reports) == 2
    plain = [at for _, at, headers in world.asked if "If-None-Match" not in headers]
    assert len(plain) == 2
    assert len(world.asked) > 20


async def test_a_source_that_cannot_be_named_is_told_with_the_one_that_was_meant(world: World) -> None:
    off = world.source("off.example/feed", enabled=False)
    await world.configure(world.source("herald.example/feed"), off)
    assert world.polls
    with pytest.raises(NotFound, match="no source 'heraldd'; did you mean 'herald'"):
        await world.polls.asked(["herald", "heraldd"])
    with pytest.raises(NotFound, match="no enabled source 'off'"):
        await world.polls.asked(["off"])
    assert world.asked == []
