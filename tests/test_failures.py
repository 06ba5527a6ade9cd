"""What failing comes to: of sources, of what they send, of our own disk. See `internet`."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from aiohttp import web

from feedhub.errors import StorageFault
from feedhub.model import Outline
from internet import DAY, HOUR, MINUTE, START, World, rss


@pytest.mark.parametrize(("status", "named"), [(404, "404"), (418, "418")])
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


@pytest.mark.parametrize(("count", "most"), [(5, 4), (9, 4), (9, 20)])  # MOST leaves out the middle of nine
async def test_of_a_document_that_is_too_long_it_is_told_how_many_entries_are_taken(
    world: World, monkeypatch: pytest.MonkeyPatch, count: int, most: int
) -> None:
    monkeypatch.setattr("feedhub.normalise.MAX_ITEMS", most)
    monkeypatch.setattr("feedhub.parse.document.MOST", min(most, 3))
    listed = [f"<item><title>T{n}</title><guid>{n}</guid></item>" for n in range(count)]
    world.feed("a.example/feed", f"<rss version='2.0'><channel>{''.join(listed)}</channel></rss>")
    await world.configure(world.source("a.example/feed"))
    await world.tick()
    taken = world.health("a").items
    told = f"it has {count} entries, of which the newest {taken} are taken"
    assert taken == min(most, 6, count)
    assert world.health("a").told == ((told,) if taken < count else ())
    world.feed("a.example/feed", f"<rss version='2.0'><channel><title>A</title>{''.join(listed)}</channel></rss>")
    await world.next("a")
    assert world.health("a").told == ((told,) if taken < count else ())
    world.feed("a.example/feed", f"<rss version='2.0'><channel>{''.join(listed[-3:])}</channel></rss>")
    await world.next("a")
    assert world.health("a").told == ()


async def test_what_is_wrong_with_a_document_is_told_until_another_one_comes(world: World) -> None:
    """Beside the source's incidents, and by the poll that brought it."""
    damaged = rss("A & B")
    world.feed("a.example/feed", damaged, ETag='"1"')
    await world.configure(world.source("a.example/feed"))
    await world.tick()
    notice = world.health("a").notice
    assert notice
    assert world.reports[-1].notice == notice
    world.feed("a.example/feed", status=304)
    await world.next("a")
    assert (world.fetches("a")[0].status, world.health("a").told) == (304, (notice,))
    world.feed("a.example/feed")
    await world.next("a")
    assert world.health("a").told == ()
