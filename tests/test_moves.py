"""Where sources have gone, and what is gone. See `internet`."""

from __future__ import annotations

from dataclasses import replace

from feedhub.moves import Address, follow
from internet import DAY, HOUR, START, World


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
