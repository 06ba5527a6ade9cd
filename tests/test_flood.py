"""A source that brings or changes too much at once, over a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest

from build import LEASE, START, item, printed, settings, source
from feedhub.model import Item, Settings, Topic
from feedhub.store.polling.outcome import Outcome
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

LATER = timedelta(minutes=10)
TOPICS = [
    Topic(id="all", title="All", match="", max_changes=5),
    Topic(id="harbor", title="Harbor", match="harbor", max_changes=3),
    Topic(id="wide", title="Wide", match=""),
]
SYLLABLES = [a + b for a in "bdfghklmnprst" for b in ("a", "e", "i", "o", "u", "an")]


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return settings(tmp_path / "feedhub.db", [source("herald"), source("mail")], TOPICS)


@cache
def news(number: int, source_id: str = "herald") -> Item:
    """One of many texts, no two alike; each is a minute older than the one before."""
    random = Random(number)
    words = ["".join(random.choices(SYLLABLES, k=3)) for _ in range(60)]
    title = f"{words[0]} {words[1]} {'harbor' if number % 2 else 'town'}"
    at = START - timedelta(minutes=number)
    return item(source_id, title, " ".join(words), guid=f"a{number}", link=f"http://h.example/{number}", published=at)


def longer(one: Item, line: str) -> Item:
    return replace(one, text=f"{one.text}\n{line}", html=f"{one.html}<p>{line}</p>")


def titles(reader: Reader, topic: str) -> list[str]:
    return [story.title for story in reader.topic_entries(topic, 100)]


def flood(reader: Reader) -> list[str]:
    return [one.words for one in reader.polled.incidents(10) if one.kind == "flood" and one.ended is None]


def archive(store: Store, *more: Item, minutes: int = 5) -> None:
    """The herald, which has listed its newest item before, lists twenty older ones as well."""
    printed(store, "herald", news(0), *map(news, range(1, 21)), *more, at=START + timedelta(minutes=minutes))


def test_a_topic_takes_no_more_of_one_poll_than_it_allows_the_newest_first(store: Store, reader: Reader) -> None:
    printed(store, "herald", news(0))
    archive(store)
    assert titles(reader, "all") == [news(n).title for n in (0, 1, 2, 3, 4, 5)]
    assert titles(reader, "harbor") == [news(n).title for n in (1, 3, 5)]
    assert len(titles(reader, "wide")) == 21
    assert len(reader.front(100)) == 21
    (words,) = flood(reader)
    assert words == "It listed 21 entries at once. 15 that came or changed are held back from topics (max_changes)."


def test_the_first_document_of_a_source_is_no_flood(store: Store, reader: Reader) -> None:
    archive(store)
    assert len(titles(reader, "all")) == 21
    assert not flood(reader)


def test_what_is_held_back_stays_so_until_another_source_prints_it(
    desk: Settings, store: Store, reader: Reader
) -> None:
    printed(store, "herald", news(0))
    archive(store)
    printed(store, "herald", replace(news(18), author="Somebody"), *map(news, range(18)), at=START + LATER)
    assert len(titles(reader, "all")) == 6
    store.configure(replace(desk, topics=(replace(TOPICS[0], match="harbor OR town"),)), START + timedelta(minutes=11))
    assert len(titles(reader, "all")) == 6
    printed(store, "mail", replace(news(18, "mail"), title="Seen by Mail too"), at=START + timedelta(minutes=12))
    assert len(titles(reader, "all")) == 7
    assert news(18).title in titles(reader, "all")


def test_news_follow_poll_by_poll_where_feedhub_was_away_for_a_while(store: Store, reader: Reader) -> None:
    """Nothing that a reader has not had is lost, and no poll brings more than the topic allows."""
    printed(store, "herald", news(90))
    lengths = []
    for poll in range(1, 6):
        printed(store, "herald", *map(news, range(20)), at=START + timedelta(minutes=poll))
        lengths.append((len(titles(reader, "all")), len(titles(reader, "harbor"))))
    assert lengths == [(6, 3), (11, 6), (16, 9), (21, 10), (21, 10)]
    assert "15 of them are news and follow with the next polls" in flood(reader)[0]


def test_they_follow_as_well_when_the_server_has_nothing_new(store: Store, reader: Reader) -> None:
    printed(store, "herald", news(90))
    printed(store, "herald", *map(news, range(20)), at=START + timedelta(minutes=1))
    claim = store.claim(START + LATER, 1, LEASE, 2, ["herald"])[0]
    (report,) = store.commit_polls([Outcome(claim=claim, at=START + LATER, result="unchanged", status=304)])
    assert len(titles(reader, "all")) == 11
    assert report.topics == {"all", "harbor"}


def test_the_notice_ends_when_news_come_at_the_usual_pace(store: Store, reader: Reader) -> None:
    printed(store, "herald", news(0))
    archive(store)
    archive(store, minutes=10)
    assert len(flood(reader)) == 1
    archive(store, news(21), minutes=15)
    assert not flood(reader)


@pytest.mark.parametrize(
    "fresh",
    [
        lambda one: replace(one, guid=f"new-{one.guid}"),
        lambda one: replace(one, guid=f"new-{one.guid}", link=f"{one.link}?new"),
        lambda one: replace(one, guid=f"new-{one.guid}", link=None, published=START + timedelta(minutes=5)),
    ],
    ids=["guids", "guids and links", "guids and links, without dates"],
)
def test_fresh_guids_are_bound_to_the_known_items_silently(store: Store, reader: Reader, fresh) -> None:  # type: ignore[no-untyped-def]
    """Also those of items that had left the feed: a site that moves lists its archive again."""
    printed(store, "herald", *map(news, range(30)))
    printed(store, "herald", *map(news, range(20)), at=START + timedelta(minutes=1))
    before = [(story.id, story.updated) for story in reader.topic_entries("wide", 100)]
    report = printed(store, "herald", *(fresh(news(n)) for n in range(30)), at=START + timedelta(minutes=5))
    assert report.new == 0
    assert len(list(reader.items("herald", None))) == 30
    after = reader.topic_entries("wide", 100)
    assert sorted((story.id, story.updated) for story in after) == sorted(before)
    assert all(len(story.copies) == 1 for story in after)


def test_a_short_feed_without_dates_may_change_its_guids_and_links_as_well(store: Store, reader: Reader) -> None:
    brief = [item("herald", f"Town council meets, part {n}", "It met.", guid=f"a{n}", link=None) for n in range(4)]
    printed(store, "herald", *brief)
    before = [(story.id, story.updated) for story in reader.topic_entries("wide", 100)]
    at = START + timedelta(minutes=5)
    moved = [replace(one, guid=f"b{one.guid}", link=f"http://h.example/{one.guid}", published=at) for one in brief]
    assert printed(store, "herald", *moved, at=at).new == 0
    assert [(story.id, story.updated) for story in reader.topic_entries("wide", 100)] == before


def test_a_headline_without_a_text_that_comes_again_with_another_date_and_link_is_another_item(
    store: Store, reader: Reader
) -> None:
    flash = item("herald", "Harbor closes for the night", "", guid="a", link="http://h.example/a", published=START)
    printed(store, "herald", flash)
    later = replace(flash, guid="b", link="http://h.example/b", published=START + timedelta(hours=1))
    assert printed(store, "herald", later, at=START + timedelta(hours=2)).new == 1
    assert {stored.item.guid for stored in reader.items("herald", None)} == {"a", "b"}


def test_a_story_shows_its_earliest_copies_however_many_a_source_adds(
    store: Store, reader: Reader, most_copies: int
) -> None:
    text = news(0).text
    printed(store, "mail", news(0, "mail"))
    same = [replace(news(n), title=news(0).title, text=text, html=text) for n in range(1, most_copies + 6)]
    printed(store, "herald", *same, at=START + timedelta(minutes=1))
    [story] = reader.topic_entries("wide", 10)
    times = sorted(stored.item.published for stored in reader.items(None, None))
    shown = sorted(copy.published for copy in story.copies)
    assert len(times) == most_copies + 6
    assert shown[:most_copies] == times[:most_copies]
    assert len(shown) <= most_copies + 1


def test_what_is_held_back_from_a_topic_that_is_no_more_holds_up_nothing(
    desk: Settings, store: Store, reader: Reader
) -> None:
    printed(store, "herald", news(30))
    printed(store, "herald", *map(news, range(20, -1, -1)), at=START + LATER)
    store.configure(replace(desk, topics=tuple(TOPICS[1:])), START + LATER)
    printed(store, "herald", *map(news, range(20, -1, -1)), at=START + 2 * LATER)
    assert len(titles(reader, "harbor")) == 6


def test_a_line_added_to_every_text_makes_no_more_news_than_a_topic_allows(store: Store, reader: Reader) -> None:
    printed(store, "herald", *map(news, range(20)))
    at = START + timedelta(minutes=5)
    printed(store, "herald", *(longer(news(n), "Subscribe!") for n in range(20)), at=at)
    for topic, most in (("all", 5), ("harbor", 3)):
        changed = [story for story in reader.topic_entries(topic, 100) if story.updated == at]
        assert len(changed) <= most
    assert all("Subscribe!" in story.text for story in reader.topic_entries("all", 100))
    assert flood(reader)


def test_changes_and_new_entries_count_together(store: Store, reader: Reader) -> None:
    printed(store, "herald", *map(news, range(10)))
    at = START + timedelta(minutes=5)
    changed = [longer(news(n), "More was told later on.") for n in range(4)]
    printed(store, "herald", *changed, *map(news, range(4, 10)), *map(news, range(40, 60)), at=at)
    entered = len(titles(reader, "all")) - 10
    renewed = sum(story.updated == at for story in reader.topic_entries("all", 100))
    assert 0 < entered + renewed <= 5
