"""Manners: who is asked when, what moves and failures come to. See `internet`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from aiohttp import web

from feedhub.daemon.front import Front
from feedhub.daemon.run import Daemon
from feedhub.errors import StorageFault
from feedhub.model import Outline
from feedhub.moves import Address, follow
from internet import DAY, HOUR, MINUTE, SECOND, START, World, rss

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


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache_Control": "max-age=31536000"},
        {"Cache_Control": f"max-age={'9' * 40}"},
        {"Cache_Control": "no-cache, max-age=7200"},
        {"Cache_Control": "max-age=7200", "Age": "9000"},
        {"Expires": "0"},
        {"Expires": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"Cache_Control": "max-age=-1, s-maxage=7200"},
    ],
)
async def test_what_is_absurd_or_over_is_no_wish(world: World, headers: dict[str, str]) -> None:
    world.feed("a.example/feed", rss("A", channel="<ttl>0</ttl><skipHours><hour>99</hour></skipHours>"), **headers)
    await world.configure(world.source("a.example/feed", max_interval=10 * MINUTE))
    await world.tick()
    assert "about" in world.health("a").next_reason


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
    await world.until(START + 13 * HOUR, 5 * MINUTE)
    made = len([at for _, at, _ in world.asked if at > START + HOUR])
    assert 0.8 * 6 * 12 <= made <= 1.3 * 6 * 12


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
        (429, {"Retry_After": "5400"}, 90 * MINUTE),
        (503, {"Retry_After": "5400"}, 90 * MINUTE),
        # the server's clock is three days slow
        (503, {"Retry_After": "Fri, 20 Nov 2026 09:30:00 GMT", "Date": "Fri, 20 Nov 2026 08:00:00 GMT"}, 90 * MINUTE),
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


# --- moves -----------------------------------------------------------------------------------------------


async def test_a_permanent_move_is_believed_after_a_week_and_never_written_down(world: World) -> None:
    new = f"http://paper.example:{world.port}/new"
    world.feed("paper.example/old", status=301, Location=new)
    world.feed("paper.example/new")
    chosen = world.source("paper.example/old", min_interval=6 * HOUR)
    await world.configure(chosen)
    await world.until(START + 6 * DAY, 3 * HOUR)
    health = world.health("paper")
    assert (health.moved_to, health.adopted) == (new, None)
    await world.until(START + 8 * DAY, 3 * HOUR)
    world.asked.clear()
    await world.until(START + 9 * DAY, 3 * HOUR)
    health = world.health("paper")
    assert (health.url, health.adopted) == (chosen.url, new)
    assert {place for place, _, _ in world.asked} == {"paper.example/new"}
    (incident,) = world.incidents()
    assert (incident.kind, incident.ended) == ("moved", None)
    await world.configure(world.source("paper.example/new", min_interval=6 * HOUR))
    assert world.health("paper").moved_to is None
    assert world.incidents()[0].ended == world.now


async def test_a_move_to_a_page_that_is_no_feed_or_ever_elsewhere_is_not_believed(world: World) -> None:
    world.feed("paper.example/feed", status=301, Location="/sale")
    world.feed("paper.example/sale", "<html><title>Domain for sale</title>")
    world.feed("paper.example/new")
    await world.configure(world.source("paper.example/feed", min_interval=6 * HOUR))
    await world.until(START + 9 * DAY, 3 * HOUR)
    assert world.health("paper").moved_to is None
    for day in range(10, 20, 2):
        world.feed("paper.example/feed", status=301, Location=f"/new?{day}")
        await world.until(START + day * DAY, 3 * HOUR)
    assert world.health("paper").moved_to
    assert world.health("paper").adopted is None


async def test_an_adopted_address_that_stops_working_gives_way_to_the_configured_one(world: World) -> None:
    world.feed("paper.example/feed", status=308, Location="/new")
    world.feed("paper.example/new")
    await world.configure(world.source("paper.example/feed", min_interval=6 * HOUR))
    await world.until(START + 8 * DAY, 3 * HOUR)
    assert world.health("paper").adopted
    world.feed("paper.example/new", "-", status=404)
    world.feed("paper.example/feed")
    await world.until(START + 10 * DAY, 3 * HOUR)
    health = world.health("paper")
    assert (health.adopted, health.failures) == (None, 0)


def test_https_of_the_same_address_is_taken_over_at_once_and_a_password_is_taken_nowhere() -> None:
    plain, safe = "http://a.example/feed", "https://a.example/feed"
    assert follow(Address(), plain, safe, START, failures=0).adopted == safe
    assert follow(Address(), plain, "https://b.example/feed", START, failures=0).adopted is None
    secret = "http://desk:secret@a.example/feed"
    since = Address(moved_to=safe, moved_since=START)
    assert follow(since, secret, safe, START + 30 * DAY, failures=0).adopted is None
    assert follow(since, plain, safe, START + 30 * DAY, failures=0).adopted == safe


async def test_what_is_gone_is_paused_after_three_sightings_until_its_configuration_is_edited(world: World) -> None:
    world.feed("a.example/feed", "-", status=410)
    await world.configure(world.source("a.example/feed"))
    await world.until(START + 20 * DAY, 3 * HOUR)
    assert len(world.asked) == 3
    health = world.health("a")
    assert health.next_poll is None
    assert "gone" in health.next_reason
    await world.configure(world.source("a.example/feed"))
    await world.until(START + 21 * DAY, 3 * HOUR)
    assert len(world.asked) == 3
    (incident,) = world.incidents()
    assert (incident.kind, incident.ended) == ("gone", None)
    world.feed("a.example/feed")
    await world.configure(world.source("a.example/feed", title="Edited"))
    await world.tick()
    assert world.health("a").failures == 0
    assert world.incidents()[0].ended == world.now


# --- failures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "named"), [(404, "404"), (403, "403"), (502, "5xx"), (418, "418")])
async def test_a_failing_source_is_asked_ever_less_and_daily_for_ever(world: World, status: int, named: str) -> None:
    world.feed("a.example/feed", "-", status=status)
    await world.configure(world.source("a.example/feed"))
    for _ in range(25):
        await world.next("a")
    times = world.times("a.example/feed")
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits[0] < 6 * MINUTE
    assert all(0.9 * DAY <= wait <= 1.1 * DAY for wait in waits[-5:])
    health = world.health("a")
    assert (health.ailment, health.failing_since) == (named, START)
    world.feed("a.example/feed")
    await world.next("a")
    health = world.health("a")
    assert (health.failures, health.ailment, health.failing_since) == (0, None, None)
    (incident,) = world.incidents()
    assert (incident.since, incident.ended) == (START, world.now)


async def test_light_failures_are_waited_out_sooner_than_grave_ones(world: World) -> None:
    world.feed("a.example/feed", "-", status=502)
    world.feed("b.example/feed", "<html>no feed</html>")
    await world.configure(world.source("a.example/feed"), world.source("b.example/feed"))
    await world.until(START + DAY, 10 * MINUTE)
    assert len(world.times("a.example/feed")) > len(world.times("b.example/feed")) > 3
    assert world.health("b").ailment == "not-a-feed"


async def test_one_hiccup_is_no_incident(world: World) -> None:
    world.feed("a.example/feed", "-", status=502)
    await world.configure(world.source("a.example/feed"))
    await world.tick()
    world.feed("a.example/feed")
    await world.next("a")
    assert world.incidents() == []


@pytest.mark.slow
async def test_silence_beyond_a_source_s_own_rhythm_is_an_incident_and_ends_with_news(world: World) -> None:
    titles = ["A"]

    async def paper(_: web.Request) -> web.Response:
        return web.Response(text=rss(*titles[-10:], at=world.now))

    async def dormant(_: web.Request) -> web.Response:
        return web.Response(text=rss("once", at=START))

    world.answers |= {"a.example/feed": paper, "rare.example/feed": dormant}
    await world.configure(world.source("a.example/feed"), world.source("rare.example/feed"))
    for hour in range(96):
        titles.append(f"{hour}")
        await world.until(START + (hour + 1) * HOUR, HOUR)
    assert world.incidents() == []
    await world.until(START + 12 * DAY, HOUR)
    (incident,) = world.incidents()
    assert (incident.source, incident.kind, incident.ended) == ("a", "silent", None)
    titles.append("back")
    await world.until(START + 13 * DAY, HOUR)
    assert [one.ended is not None for one in world.incidents()] == [True]


async def test_the_last_fifty_fetches_are_kept(world: World) -> None:
    world.feed("a.example/feed", rss("A", "B"))
    await world.configure(world.source("a.example/feed"))
    await world.tick()
    first = world.fetches("a")[0]
    assert (first.result, first.status, first.new, first.error) == ("new", 200, 2, None)
    assert first.bytes > 100
    world.feed("a.example/feed", "-", status=500)
    for _ in range(51):
        await world.next("a")
    kept = world.fetches("a")
    assert len(kept) == 50
    assert {fetch.error for fetch in kept} == {"HTTP 500 Internal Server Error"}
    assert [fetch.at for fetch in kept] == sorted((fetch.at for fetch in kept), reverse=True)


async def test_a_page_in_place_of_a_feed_is_an_offer_of_the_feed_it_declares(world: World) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
    world.feed("a.example/feed", f"<!doctype html><html><head><title>A Paper</title>{link}</head></html>")
    await world.configure(world.source("a.example/feed"))
    await world.tick()
    offered = f"http://a.example:{world.port}/rss.xml"
    health = world.health("a")
    assert health.proposed == offered
    assert health.error == f"an HTML page titled 'A Paper', not a feed; the feed it declares is {offered}"
    world.feed("a.example/feed", "-", status=500)
    await world.next("a")
    assert world.health("a").proposed == offered
    world.feed("a.example/feed")
    await world.next("a")
    assert world.health("a").proposed is None


async def test_ids_that_cannot_be_relied_on_are_an_incident_until_better_ones_come(world: World) -> None:
    entry = "<item><title>{0}</title></item>"
    world.feed("a.example/feed", f"<rss><channel>{''.join(entry.format(n) for n in range(5))}</channel></rss>")
    twice = "<item><title>{0}</title><guid>same</guid><link>http://b.example/{0}</link></item>"
    world.feed("b.example/feed", f"<rss><channel>{''.join(twice.format(n) for n in range(5))}</channel></rss>")
    no_links = "<item><title>{0}</title><guid isPermaLink='false'>0</guid></item>"
    world.feed("c.example/feed", f"<rss><channel>{''.join(no_links.format(n) for n in range(5))}</channel></rss>")
    one_link = "<item><title>{0}</title><link>http://d.example/news</link></item>"
    world.feed("d.example/feed", f"<rss><channel>{''.join(one_link.format(n) for n in range(5))}</channel></rss>")
    await world.configure(*(world.source(f"{name}.example/feed") for name in "abcd"))
    await world.tick()
    said = {one.source: one.words for one in world.incidents()}
    assert {one.kind for one in world.incidents()} == {"degraded"}
    assert said["a"] == "5 of 5 entries have neither a guid nor a link; headline and date stand in."
    assert said["b"].startswith("5 of 5 entries share a guid, or a link in place of one, with another;")
    assert said["c"] == said["d"] == said["b"]
    assert [world.fetches(id)[0].new for id in "abcd"] == [5, 5, 5, 5]
    assert world.health("a").incidents == (said["a"],)
    world.feed("a.example/feed", rss("A", "B"))
    await world.next("a")
    assert [one.ended is not None for one in world.incidents() if one.source == "a"] == [True]


async def test_entries_that_come_again_under_other_guids_are_noticed(world: World) -> None:
    polls = 0

    async def restless(_: web.Request) -> web.Response:
        nonlocal polls
        polls += 1
        items = [
            f"<item><title>{n}</title><guid>{n}-{polls}</guid><link>http://a.example/{n}</link></item>"
            for n in range(6)
        ]
        return web.Response(text=f"<rss><channel>{''.join(items)}</channel></rss>")

    world.answers["a.example/feed"] = restless
    await world.configure(world.source("a.example/feed"))
    await world.tick()
    assert world.incidents() == []
    await world.next("a")
    (incident,) = world.incidents()
    assert (incident.kind, incident.words[:39]) == ("degraded", "6 of 6 entries came again under other g")
    await world.configure(world.source("a.example/feed", ignore=("guid",)))
    for _ in range(2):
        await world.next("a")
    assert [report.new for report in world.reports] == [6, 0, 0, 0]


async def test_a_configuration_that_is_not_taken_is_an_incident_until_one_is(world: World) -> None:
    world.feed("a.example/feed")
    chosen = world.source("a.example/feed")
    await world.configure(chosen)
    assert world.writer
    for words in ("Mistakes: line 3.", "Mistakes: line 3 (sources.a.url)."):
        await world.writer.do(lambda store, words=words: store.tell_of_configuration(words, world.now))
    (incident,) = world.incidents()
    assert (incident.kind, incident.title, incident.words) == ("rejected", "The configuration", words)
    world.now += HOUR
    await world.configure(chosen)
    assert world.incidents()[0].ended is None
    await world.writer.do(lambda store: store.tell_of_configuration(None, world.now))
    assert world.incidents()[0].ended == world.now


# --- a disk that fails -----------------------------------------------------------------------------------


async def test_a_store_that_cannot_be_read_is_no_failure_of_the_source(world: World) -> None:
    async def unreadable(source: str) -> Outline:
        raise StorageFault("the disk cannot be read or written")

    world.feed("a.example/feed")
    await world.configure(world.source("a.example/feed"))
    assert world.polls
    whole, world.polls.doors = world.polls.doors, replace(world.polls.doors, known=unreadable)
    assert await world.tick() == []
    assert world.polls.trouble == "the disk cannot be read or written"
    assert world.health("a").failures == 0
    world.polls.doors = whole
    assert await world.tick() == []  # it is given back, to come again soon
    world.now += MINUTE
    assert [report.outcome for report in await world.tick()] == ["new"]
    assert world.polls.trouble is None
