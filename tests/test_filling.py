"""Topics that are filled with what is stored, in steps between which polls are stored."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest
from sqlite_utils import Database

from build import LATER, PAPERS, START, gibberish, item, new_store, printed, settings
from feedhub.model import Settings, Topic
from feedhub.store.publishing import narrowing, taking, unasked
from feedhub.store.publishing.filling import FEW
from feedhub.store.publishing.published import PAGE
from feedhub.store.publishing.selection import Selection
from feedhub.store.reading import Reader
from feedhub.store.schema.steps import migrations
from feedhub.store.writing import Store

STORED = 400  # stories, one a minute, the last at START: more than the largest step asks about


@pytest.fixture
def desk(desk: Settings) -> Settings:
    """No topics yet."""
    return replace(desk, topics=())


@pytest.fixture
def full(desk: Settings) -> Store:
    """Stories of the herald, every other one of which tells of steel, and every seventh of which is tagged."""
    store = new_store(desk.database, filled)
    store.configure(desk, START)
    return store


def filled(store: Store) -> None:
    """With these stories."""
    store.configure(settings(Path("feedhub.db"), PAPERS, ()), START)
    told = (
        item(
            "herald",
            f"Headline {gibberish(number, 3)}",
            f"{gibberish(number)}{' steel' if number % 2 else ''}",
            published=START - timedelta(minutes=STORED - number),
            tags=("metal",) if number % 7 == 0 else (),
        )
        for number in range(STORED)
    )
    printed(store, "herald", *told)
    store.index_words(STORED)


def at_once() -> bool:
    """Enough, after each look."""
    return True


def with_topics(desk: Settings, **queries: str) -> Settings:
    """The same with these topics."""
    return replace(desk, topics=tuple(Topic(id=id, title=id, match=match) for id, match in queries.items()))


def standing(store: Store, topic: str) -> set[int]:
    """The stories in a topic."""
    return taking.standing(store._conn, topic)


def gone_on(store: Store) -> int:
    """Fill to the end in the smallest steps; returns how many these were."""
    for steps in count(1):
        if not store.fill(START, at_once)[0]:
            return steps
    raise AssertionError


@pytest.mark.slow
def test_topics_that_are_filled_in_steps_hold_what_they_would_hold_at_once(desk: Settings, full: Store) -> None:
    queries = ["", "steel", "-steel", "tag:metal", "source:herald age<1h", "title:headline", '"nobody says so"', "/ee/"]
    chosen = with_topics(desk, **{f"t{number}": query for number, query in enumerate(queries)})
    full.configure(chosen, START, at_once)
    gone_on(full)
    compiled = Selection(chosen.topics, chosen.sources)
    wanted = taking.taken(full._conn, compiled.topics, compiled.sources, START)
    assert {topic: standing(full, topic) for topic in wanted} == wanted
    full.close()


def test_words_that_too_many_stories_hold_to_be_looked_up_find_the_same(
    desk: Settings, full: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"one": "steel", "two": "steel headline", "phrase": '"steel headline"'}
    full.configure(with_topics(desk, **asked), START)
    monkeypatch.setattr(narrowing, "RARE", 10)
    full.configure(with_topics(desk, **asked, **{f"walked-{id}": query for id, query in asked.items()}), START, at_once)
    gone_on(full)
    assert [standing(full, f"walked-{id}") for id in asked] == [standing(full, id) for id in asked]
    full.close()


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 8))])
def test_whatever_happens_while_topics_are_filled_they_hold_in_the_end_what_they_ask_for(
    seed: int, desk: Settings, full: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unasked, "READ", 100)
    chance, chosen, store = Random(seed), desk, full

    def edited() -> Settings:
        queries = ["", "steel", "-steel", "tag:metal", "source:tsubame", "@other steel"]
        asked = {id: chance.choice(queries) for id in chance.sample(["one", "two", "three"], 2)}
        return with_topics(desk, other="tag:metal OR late", **asked)

    for number in range(25):
        match chance.choice(["edit", "edit", "start again", "print", "hide", "prune", "go on", "go on"]):
            case "edit":
                chosen = edited()
                store.configure(chosen, START, at_once)
            case "start again":
                store.close()
                store = Store(desk.database, "started again")
                store.configure(chosen, START, at_once)
            case "print":
                printed(store, "tsubame", item("tsubame", f"Late {number}", f"{gibberish(STORED + number)} steel"))
            case "prune":
                store.prune_some(START + 2 * desk.retention)
            case "hide":
                store.rule("hide", [str(10 * number + 1), ""], "a test", START)  # one of the herald's
            case "go on":
                store.fill(START, at_once)
    gone_on(store)
    compiled = Selection(chosen.topics, chosen.sources)
    wanted = taking.taken(store._conn, compiled.topics, compiled.sources, START)
    assert {topic: standing(store, topic) for topic in wanted} == wanted
    store.close()


@pytest.mark.parametrize("query", ["", "steel", "tag:metal"])
def test_a_topic_is_filled_from_the_newest_on_and_goes_on_after_a_stop_in_between(
    query: str, desk: Settings, full: Store
) -> None:
    chosen = with_topics(desk, new=query)
    full.configure(chosen, START, at_once)
    first = standing(full, "new")
    full.close()
    again = Store(desk.database, "started again")
    again.configure(chosen, START, at_once)
    assert gone_on(again) > 1
    whole = sorted(standing(again, "new"), reverse=True)
    assert first == set(whole[: len(first)])
    assert 0 < len(first) < len(whole)
    again.close()


def test_it_is_told_of_a_topic_that_it_is_being_filled_and_what_it_will_gain(desk: Settings, full: Store) -> None:
    chosen = with_topics(desk, new="steel")
    full.configure(chosen, START, at_once)
    reader = Reader(desk.database)

    def said(chosen: Settings) -> tuple[str, int, bool]:
        (change,) = reader.changes(chosen.topics, chosen.sources, START)
        return change.state, change.stories, bool(change.gains)

    assert said(chosen) == ("filling", STORED // 2, True)
    assert said(with_topics(desk, new="tag:metal"))[0] == "changed"
    gone_on(full)
    assert said(chosen) == ("same", STORED // 2, False)
    reader.close()
    full.close()


def test_what_comes_while_a_topic_is_filled_stands_in_it_at_once_and_the_feed_is_told_to_have_changed(
    desk: Settings, full: Store
) -> None:
    full.configure(with_topics(desk, new="steel"), START, at_once)
    report = printed(full, "tsubame", item("tsubame", "Steel again", f"{gibberish(STORED)} steel"), at=LATER)
    assert report.topics == {"new"}
    more, topics = full.fill(START, at_once)
    assert (more, topics) == (True, {"new"})
    gone_on(full)
    assert len(standing(full, "new")) == STORED // 2 + 1
    full.close()


def test_the_archive_of_a_topic_begins_with_its_oldest_story_however_it_was_filled(desk: Settings, full: Store) -> None:
    full.configure(with_topics(desk, new=""), START, at_once)
    assert full.archive() == frozenset(), "the newest would be on the page of the oldest"
    printed(full, "tsubame", item("tsubame", "Late", gibberish(STORED), published=LATER), at=LATER)
    gone_on(full)
    full.archive()
    reader = Reader(desk.database)
    pages = [reader.published.page("new", number) for number in range(1, STORED // PAGE + 2)]
    told = [story.published for page in pages for story in reversed(page)]
    assert len(told) == STORED + 1
    assert told == sorted(told)
    assert reader.published.archive("new") == (STORED // PAGE, 1)
    reader.close()
    full.close()


def test_what_is_hidden_while_a_topic_is_filled_leaves_it_and_is_not_found_again(desk: Settings, full: Store) -> None:
    full.configure(with_topics(desk, new=""), START, at_once)
    reader = Reader(desk.database)
    newest = reader.topic_entries("new", 1)[0].id
    full.rule("hide", [newest, "new"], "a test", START)
    assert newest not in {story.id for story in reader.topic_entries("new", STORED)}
    gone_on(full)
    assert len(standing(full, "new")) == STORED - 1
    assert reader.published.archive("new") == (0, STORED - 1)
    reader.close()
    full.close()


def test_a_topic_whose_query_is_edited_while_it_is_filled_lets_go_of_what_it_takes_no_more(
    desk: Settings, full: Store
) -> None:
    full.configure(with_topics(desk, new=""), START, at_once)
    full.configure(with_topics(desk, new="-steel"), START, at_once)
    gone_on(full)
    assert len(standing(full, "new")) == STORED // 2
    full.configure(with_topics(desk, new="-steel age<=1h"), START)
    assert len(standing(full, "new")) == 30
    full.close()


def test_a_topic_that_leaves_the_configuration_while_it_is_filled_is_asked_nothing_more(
    desk: Settings, full: Store
) -> None:
    full.configure(with_topics(desk, new=""), START, at_once)
    full.configure(desk, START, at_once)
    assert full.fill(START, at_once) == (False, frozenset())
    full.close()


def test_what_is_pinned_to_a_topic_that_does_not_take_it_is_there_from_the_first_step_on(
    desk: Settings, full: Store
) -> None:
    full.configure(with_topics(desk, new="steel"), START)
    reader = Reader(desk.database)
    oldest = reader.polled.listed("herald", STORED)[-1].story
    assert oldest
    full.rule("pin", [oldest, "new"], "a test", START)
    full.configure(with_topics(desk, new="steel -zinc"), START, at_once)
    assert reader.topic_entries("new", 1)[0].id == oldest
    reader.close()
    full.close()


@pytest.mark.parametrize("stories", [FEW, FEW + 1])
def test_topics_learn_at_once_that_a_source_with_few_stories_has_other_tags_and_of_others_by_and_by(
    stories: int, desk: Settings
) -> None:
    store = new_store(desk.database)
    store.configure(with_topics(desk, wire="tag:wire"), START)
    printed(store, "herald", *(item("herald", f"Headline {n}", gibberish(n)) for n in range(stories)))
    tagged = tuple(replace(one, tags=("wire",)) if one.id == "herald" else one for one in desk.sources)
    store.configure(replace(with_topics(desk, wire="tag:wire"), sources=tagged), START, at_once)
    assert (len(standing(store, "wire")) == stories) == (stories == FEW)
    store.fill(START)
    assert len(standing(store, "wire")) == stories
    store.close()


def test_when_topics_were_last_asked_about_ages_is_known_after_an_upgrade(desk: Settings) -> None:
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as conn:
        migrations.apply(Database(conn), stop_before="jobs_last_run")
        conn.execute("INSERT INTO jobs VALUES ('ages', ?)", (START.timestamp(),))
    Store(desk.database, "the next version").close()
    with closing(sqlite3.connect(desk.database)) as conn:
        assert conn.execute("SELECT name, last_run FROM jobs").fetchall() == [("ages", START.timestamp())]
