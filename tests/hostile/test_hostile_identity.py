"""Sources that try to be what they are not, or never to be the same: no flood, no takeover, no work without end."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from build import BUDGET, QUAKE, START, gibberish, item, printed, settings, source
from feedhub.model import Item, Settings, Topic
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

LATER = timedelta(minutes=10)
OUTLETS = [
    f"{first}{last}-times"
    for first in "bdfgklmnpr"
    for last in ("a", "e", "i", "o", "u", "al", "en", "or", "us", "im", "ar", "ol")
]
PAPERS = [source(name) for name in ("paper-0", "paper-1", "paper-2")]


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return settings(tmp_path / "feedhub.db", PAPERS, [Topic(id="all", title="All", match="")])


def told(number: int, source_id: str = "paper-0") -> Item:
    """News of its own."""
    at = START - timedelta(minutes=60 - number % 60)
    return item(source_id, f"Matter {number}", gibberish(number), published=at)


def test_another_source_s_guids_and_links_take_nothing_over(store: Store, reader: Reader) -> None:
    genuine = item("paper-0", "Quake", QUAKE)
    printed(store, "paper-0", genuine)
    forged = replace(item("paper-1", "Buy now", BUDGET), guid=genuine.guid, link=genuine.link)
    printed(store, "paper-1", forged)
    stories = {story.title: story for story in reader.front(10)}
    assert set(stories) == {"Quake", "Buy now"}
    assert [copy.source_id for copy in stories["Quake"].copies] == ["paper-0"]


def test_a_guid_under_which_another_text_comes_leaves_the_story_of_the_first(store: Store, reader: Reader) -> None:
    genuine = item("paper-0", "Quake", QUAKE)
    printed(store, "paper-0", genuine)
    printed(store, "paper-1", item("paper-1", "Quake off Miyagi", QUAKE))
    story = reader.front(1)[0]
    assert len(story.copies) == 2
    printed(store, "paper-1", replace(item("paper-1", "Buy now", BUDGET), guid="quake-off-miyagi"), at=START + LATER)
    assert [copy.source_id for copy in reader.story(story.id).copies] == ["paper-0"]
    assert len(reader.front(10)) == 2


def test_another_order_is_no_news(store: Store) -> None:
    entries = [told(number) for number in range(30)]
    printed(store, "paper-0", *entries)
    for number in range(1, 6):
        entries = entries[7:] + entries[:7][::-1]
        report = printed(store, "paper-0", *entries, at=START + number * LATER)
        assert (report.new, report.changed) == (0, 0)


def test_texts_that_change_at_every_poll_make_no_new_entries(store: Store, reader: Reader) -> None:
    for number in range(6):
        entries = [replace(told(n), text=f"{told(n).text} seen {number} times", html="") for n in range(20)]
        report = printed(store, "paper-0", *entries, at=START + number * LATER)
        assert report.new == (20 if number == 0 else 0)
    assert len({story.id for story in reader.topic_entries("all", 100)}) == 20


def test_a_window_that_slides_brings_what_slid_in(store: Store) -> None:
    printed(store, "paper-0", *(told(number) for number in range(20)))
    for shift in range(1, 8):
        report = printed(store, "paper-0", *(told(n) for n in range(shift, 20 + shift)), at=START + shift * LATER)
        assert (report.new, report.changed) == (1, 0)
    back = printed(store, "paper-0", *(told(number) for number in range(20)), at=START + 9 * LATER)
    assert back.new == 0


def test_fresh_guids_at_every_poll_are_bound_to_what_is_known(store: Store) -> None:
    for number in range(5):
        entries = [replace(told(n), guid=f"{number}-{n}") for n in range(30)]
        assert printed(store, "paper-0", *entries, at=START + number * LATER).new == (30 if number == 0 else 0)


@pytest.mark.slow
def test_entries_that_are_nearly_equal_cost_no_more_the_more_they_are(store: Store) -> None:
    """A story has a bounded number of candidates: twice as many entries take about twice as long, not four times."""
    text = "The quake struck the city early on Monday and people ran into the streets in their night clothes. " * 20
    took = []
    for number, count in enumerate((500, 1000, 2000)):
        name = f"paper-{number}"
        entries = [item(name, f"Quake hits city {number}-{n}", f"{text}{number} {n}") for n in range(count)]
        start = time.process_time()
        assert printed(store, name, *entries).new == count
        took.append((time.process_time() - start) / count)
    assert max(took) < 3 * min(took), took


@pytest.mark.slow
def test_a_story_that_grows_for_ever_costs_no_more_the_longer_it_is(
    store: Store, reader: Reader, desk: Settings
) -> None:
    store.configure(replace(desk, sources=tuple(map(source, OUTLETS))), START)
    took = []
    for number, name in enumerate(OUTLETS):
        start = time.process_time()
        printed(store, name, item(name, "Quake off Miyagi", f"{QUAKE}\nThe {name} was told so."), at=START)
        took.append((time.process_time() - start, number))
    first, last = sorted(cost for cost, _ in took[10:50]), sorted(cost for cost, _ in took[-40:])
    assert last[20] < 4 * first[20]
    assert max(len(story.copies) for story in reader.front(40)) > 40


@pytest.mark.slow
def test_texts_that_change_cost_no_more_the_larger_their_story_is(store: Store) -> None:
    took = []
    for name, count in (("paper-0", 250), ("paper-1", 1000)):
        text = f"{QUAKE}\nThe {name} was told so, and had it confirmed by the mayors of two towns."
        entries = [item(name, f"Quake off {name}", text, guid=f"{n}", link=f"http://a/{n}") for n in range(count)]
        printed(store, name, *entries)
        changed = [
            item(name, f"Quake off {name}", f"{text} More.", guid=f"{n}", link=f"http://a/{n}") for n in range(50)
        ]
        start = time.process_time()
        assert printed(store, name, *changed, at=START + LATER, truncated=True).changed == 50
        took.append(time.process_time() - start)
    assert took[1] < 3 * took[0], took


@pytest.mark.slow
def test_a_copy_is_found_however_often_another_of_its_story_was_edited(store: Store, reader: Reader) -> None:
    printed(store, "paper-0", item("paper-0", "Strong quake off Miyagi", QUAKE))
    for edit in range(40):
        live = item("paper-1", "Live: quake off Miyagi", f"{QUAKE}\nMore soon, says edit {edit}.", guid="live")
        printed(store, "paper-1", live, at=START + edit * timedelta(minutes=1))
    turned = item("paper-1", "Live: the budget", BUDGET, guid="live")
    printed(store, "paper-1", turned, at=START + timedelta(minutes=41))
    printed(store, "paper-2", item("paper-2", "Quake strikes off the coast", QUAKE), at=START + timedelta(minutes=42))
    assert sorted(len(story.copies) for story in reader.front(10)) == [1, 2]


@pytest.mark.slow
def test_a_document_that_never_ends_is_let_go_of_in_time(store: Store, reader: Reader) -> None:
    at = START
    for day in range(70):
        at = START + timedelta(days=day)
        printed(store, "paper-0", replace(told(day), published=at - LATER), at=at, truncated=True)
    store.prune(at)
    assert 60 <= len(list(reader.items(None, None))) <= 62  # a month until it counts as gone, and another one
