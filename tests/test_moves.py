"""Where sources have gone, and what is gone. See `internet`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedhub.moves import Address, follow
from internet import DAY, HOUR, START, World, rss


async def test_a_permanent_move_is_believed_after_a_week_and_never_written_down(world: World) -> None:
    new = f"http://paper.example:{world.port}/new"
    world.feed("paper.example/old", status=301, Location=new)
    world.feed("paper.example/new")
    chosen = world.source("paper.example/old", min_interval=12 * HOUR)
    await world.configure(chosen)
    await world.until(START + 6 * DAY, 6 * HOUR)
    health = world.health("paper")
    assert (health.moved_to, health.adopted) == (new, None)
    await world.until(START + 8 * DAY, 6 * HOUR)
    world.asked.clear()
    await world.until(START + 9 * DAY, 6 * HOUR)
    health = world.health("paper")
    assert (health.url, health.adopted) == (chosen.url, new)
    assert {place for place, _, _ in world.asked} == {"paper.example/new"}
    (incident,) = world.incidents()
    assert (incident.kind, incident.ended) == ("moved", None)
    await world.configure(world.source("paper.example/new", min_interval=12 * HOUR))
    assert world.health("paper").moved_to is None
    assert world.incidents()[0].ended == world.now


async def test_a_move_to_a_page_that_is_no_feed_or_ever_elsewhere_is_not_believed(world: World) -> None:
    world.feed("paper.example/feed", status=301, Location="/sale")
    world.feed("paper.example/sale", "<html><title>Domain for sale</title>")
    world.feed("paper.example/new")
    await world.configure(world.source("paper.example/feed", min_interval=12 * HOUR))
    await world.until(START + 9 * DAY, 6 * HOUR)
    assert world.health("paper").moved_to is None
    for day in range(10, 20, 2):
        world.feed("paper.example/feed", status=301, Location=f"/new?{day}")
        await world.until(START + day * DAY, 6 * HOUR)
    assert world.health("paper").moved_to
    assert world.health("paper").adopted is None


async def test_an_adopted_address_that_stops_working_gives_way_to_the_configured_one(world: World) -> None:
    world.feed("paper.example/feed", status=308, Location="/new")
    world.feed("paper.example/new")
    await world.configure(world.source("paper.example/feed", min_interval=12 * HOUR))
    await world.until(START + 8 * DAY, 6 * HOUR)
    assert world.health("paper").adopted
    world.feed("paper.example/new", "-", status=404)
    world.feed("paper.example/feed")
    await world.until(START + 11 * DAY, 6 * HOUR)
    health = world.health("paper")
    assert (health.adopted, health.failures) == (None, 0)


async def test_what_moved_to_where_another_source_is_read_is_no_second_outlet(world: World) -> None:
    world.feed("paper.example/old", status=301, Location="/new")
    world.feed("paper.example/new")
    new = world.source("paper.example/new", id="new")
    await world.configure(world.source("paper.example/old", id="old"), new)
    await world.until(START + HOUR)
    old = world.health("old")
    assert (old.items, world.health("new").items) == (0, 1)
    assert old.error
    assert "source new already" in old.error
    await world.configure(world.source("paper.example/old", id="old"), replace(new, enabled=False))
    await world.next("old")
    assert (world.health("old").items, world.health("old").error) == (1, None)


async def test_of_two_sources_that_moved_to_one_place_the_first_is_read(world: World) -> None:
    for part in ("politics", "world"):
        world.feed(f"paper.example/{part}", status=308, Location="/all")
    world.feed("paper.example/all")
    parts = (world.source(f"paper.example/{id}", id=id, min_interval=12 * HOUR) for id in ("politics", "world"))
    await world.configure(*parts)
    await world.until(START + 10 * DAY, 6 * HOUR)
    assert world.health("politics").failures == 0
    assert "source politics already" in (world.health("world").error or "")


@pytest.mark.parametrize("way", [("/all",), ("/by", "/all")], ids=["at once", "by another place"])
async def test_what_is_led_to_another_source_for_now_is_no_second_outlet_and_comes_back(
    world: World, way: tuple[str, ...]
) -> None:
    world.feed("paper.example/world", rss("B", "C"))
    world.feed("paper.example/all")
    parts = [world.source(f"paper.example/{id}", id=id, min_interval=12 * HOUR) for id in ("all", "world")]
    await world.configure(*parts)
    await world.until(START + HOUR)
    for place, status, to in zip(("/world", *way), (302, 301), way, strict=False):
        world.feed(f"paper.example{place}", status=status, Location=to)
    await world.until(START + DAY, HOUR)
    led = world.health("world")
    assert (led.items, led.failures > 0, led.moved_to) == (2, True, None)
    assert f"redirected to http://paper.example:{world.port}/all, which is read as source all" in (led.error or "")
    assert world.health("all").failures == 0
    world.feed("paper.example/world", rss("B", "C", "D"))
    await world.until(START + 2 * DAY, HOUR)
    assert (world.health("world").items, world.health("world").error) == (3, None)


async def test_what_is_led_for_now_to_where_nobody_reads_is_read_there(world: World) -> None:
    world.feed("paper.example/feed", status=307, Location="/mirror")
    world.feed("paper.example/mirror", rss("A", "B"))
    await world.configure(world.source("paper.example/feed"))
    await world.until(START + HOUR)
    assert (world.health("paper").items, world.health("paper").error) == (2, None)


@pytest.mark.parametrize("status", [302, 308])
async def test_two_sources_that_are_led_to_one_place_at_once_are_no_two_outlets(world: World, status: int) -> None:
    for id in ("herald", "mail"):
        world.feed(f"group/{id}", status=status, Location="/all")
    world.feed("group/all")
    await world.configure(*(world.source(f"group/{id}", id=id) for id in ("herald", "mail")))
    assert len(await world.tick()) == 2
    assert sorted(world.health(id).items for id in ("herald", "mail")) == [0, 1]


async def test_of_two_sources_that_are_led_for_now_to_one_place_the_first_is_read_until_it_comes_back(
    world: World,
) -> None:
    for part in ("politics", "world"):
        world.feed(f"paper.example/{part}", status=302, Location="/all")
    world.feed("paper.example/all")
    await world.configure(*(world.source(f"paper.example/{id}", id=id) for id in ("politics", "world")))
    await world.until(START + DAY, HOUR)
    assert [[copy.source_id for copy in story.copies] for story in world.reader(lambda reader: reader.front(5))] == [
        ["politics"]
    ]
    assert world.health("politics").failures == 0
    assert "read as source politics already" in (world.health("world").error or "")
    world.feed("paper.example/politics", rss("B"))
    await world.until(START + 3 * DAY, HOUR)
    assert [world.health(id).error for id in ("politics", "world")] == [None, None]
    assert world.health("world").items == 1
    world.feed("paper.example/politics", status=302, Location="/all")
    await world.until(START + 4 * DAY, HOUR)
    assert "read as source world already" in (world.health("politics").error or "")


async def test_where_a_source_was_led_before_it_was_edited_or_left_out_anybody_is_read(world: World) -> None:
    world.feed("paper.example/all")
    for part in ("politics", "world"):
        world.feed(f"paper.example/{part}", status=302, Location="/all")
    politics, other = (world.source(f"paper.example/{id}", id=id) for id in ("politics", "world"))
    await world.configure(politics)
    await world.until(START + HOUR)
    world.feed("paper.example/elsewhere", status=503)
    await world.configure(replace(politics, url=politics.url.replace("politics", "elsewhere")), other)
    await world.until(START + DAY, HOUR)
    assert (world.health("world").items, world.health("world").error) == (1, None)


async def test_what_is_led_for_now_to_where_another_source_has_moved_is_no_second_outlet(world: World) -> None:
    world.feed("paper.example/a-section", status=302, Location="/all")
    world.feed("paper.example/old", status=301, Location="/all")
    world.feed("paper.example/all")
    old, section = (world.source(f"paper.example/{id}", id=id) for id in ("old", "a-section"))
    await world.configure(old)
    await world.until(START + HOUR)
    await world.configure(old, section)
    await world.until(START + 2 * HOUR)
    assert (world.health("old").failures, world.health("a-section").items) == (0, 0)
    assert "read as source old already" in (world.health("a-section").error or "")


def test_an_address_that_leads_back_to_the_configured_one_is_left() -> None:
    adopted = Address(moved_to="http://b.example/feed", moved_since=START, adopted="http://b.example/feed")
    configured = "http://a.example/feed"
    assert follow(adopted, configured, configured, START + DAY, failures=0) == Address()


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
    await world.until(START + 20 * DAY, 12 * HOUR)
    assert len(world.asked) == 3
    health = world.health("a")
    assert health.next_poll is None
    assert "gone" in health.next_reason
    await world.configure(world.source("a.example/feed"))
    await world.until(START + 21 * DAY, 12 * HOUR)
    assert len(world.asked) == 3
    (incident,) = world.incidents()
    assert (incident.kind, incident.ended) == ("gone", None)
    world.feed("a.example/feed")
    await world.configure(world.source("a.example/feed", title="Edited"))
    await world.tick()
    assert world.health("a").failures == 0
    assert world.incidents()[0].ended == world.now
