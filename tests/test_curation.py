"""What editors say of single stories, and how a topic lines them up, over a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import BUDGET, QUAKE, START, TOLL, item, printed, replayed, settings, source
from feedhub.errors import NotFound, RulingError
from feedhub.model import Look, Settings, Topic
from feedhub.store.publishing import members
from feedhub.store.reading import Reader
from feedhub.store.writing import Store
from feedhub.topics import Print, heat, shown_print

PAPERS = [source("tsubame", agency="tsubame"), source("herald"), source("mail"), source("evening", language="ja")]
TOPICS = [
    Topic(id="all", title="All", match=""),
    Topic(id="quakes", title="Quakes", match="earthquake OR quake"),
    Topic(id="picks", title="Picks", match="never-printed"),
]
LATER = START + timedelta(minutes=30)


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return settings(tmp_path / "feedhub.db", PAPERS, TOPICS)


def say(store: Store, verb: str, *names: str) -> frozenset[str]:
    return store.rule(verb, names, "an editor", LATER)[1]


def titles(reader: Reader, topic: str, limit: int = 10) -> list[str]:
    return [story.title for story in reader.topic_entries(topic, limit)]


@pytest.fixture
def ids(store: Store, reader: Reader) -> dict[str, str]:
    """Three stories: the quake of half an hour ago, the budget of an hour ago, a fair of two hours ago."""
    printed(
        store,
        "herald",
        item("herald", "Quake", QUAKE),
        item("herald", "Budget", BUDGET, published=START - timedelta(hours=1)),
        item("herald", "Fair", "The fair opens on Monday.", published=START - timedelta(hours=2)),
    )
    return {story.title: story.id for story in reader.front(5)}


def test_a_pinned_story_stands_first_and_where_no_query_takes_it(
    store: Store, reader: Reader, ids: dict[str, str]
) -> None:
    assert say(store, "pin", ids["Fair"], "") == {"all"}
    assert titles(reader, "all") == ["Fair", "Quake", "Budget"]
    assert titles(reader, "picks") == []
    assert "picks" in say(store, "pin", ids["Budget"], "picks")
    assert titles(reader, "picks") == ["Budget"]
    assert titles(reader, "all") == ["Fair", "Quake", "Budget"]


def test_a_topic_with_a_pinned_story_is_no_other_while_none_of_its_stories_comes_to_an_age(
    desk: Settings, store: Store, ids: dict[str, str]
) -> None:
    store.configure(replace(desk, topics=(Topic(id="fresh", title="Fresh", match="age<9h"),)), START)
    say(store, "pin", ids["Quake"], "fresh")
    store.tidy(START)
    assert store.tidy(LATER) == frozenset()


def test_the_lead_stands_before_those_pinned_until_another_leads(
    store: Store, reader: Reader, ids: dict[str, str]
) -> None:
    say(store, "pin", ids["Quake"], "all")
    say(store, "lead", ids["Budget"], "all")
    assert titles(reader, "all") == ["Budget", "Quake", "Fair"]
    say(store, "lead", ids["Fair"], "all")
    assert titles(reader, "all") == ["Fair", "Quake", "Budget"]
    assert titles(reader, "all", 2) == ["Fair", "Quake"]
    say(store, "unlead", ids["Fair"], "all")
    assert titles(reader, "all") == ["Budget", "Quake", "Fair"]


def test_a_hidden_story_is_in_no_feed_and_comes_back_since_when_it_was_there(
    store: Store, reader: Reader, ids: dict[str, str]
) -> None:
    before = store._conn.execute("SELECT topic, entered FROM entries ORDER BY topic, story").fetchall()
    assert say(store, "hide", ids["Quake"], "") == {"all", "quakes"}
    assert titles(reader, "all") == ["Budget", "Fair"]
    assert titles(reader, "quakes") == []
    assert ids["Quake"] not in [story.id for story in reader.front(5)]
    printed(store, "mail", item("mail", "Strong quake", QUAKE), at=LATER)
    assert titles(reader, "quakes") == []
    say(store, "unhide", ids["Quake"])
    assert titles(reader, "quakes") == ["Quake"]
    assert store._conn.execute("SELECT topic, entered FROM entries ORDER BY topic, story").fetchall() == before


def test_hiding_in_one_topic_leaves_the_others_alone(store: Store, reader: Reader, ids: dict[str, str]) -> None:
    say(store, "pin", ids["Quake"], "")
    say(store, "hide", ids["Quake"], "all")
    assert titles(reader, "all") == ["Budget", "Fair"]
    assert titles(reader, "quakes") == ["Quake"]


def test_a_note_without_words_is_refused(store: Store, reader: Reader, ids: dict[str, str]) -> None:
    for nothing in (" ", "\0\n\u202e"):
        with pytest.raises(RulingError, match="a note has words"):
            say(store, "note", ids["Quake"], nothing)
    with pytest.raises(RulingError, match="a note has at most 500 characters, not 501"):
        say(store, "note", ids["Quake"], "x" * 501)
    assert reader.story(ids["Quake"]).note is None


def test_a_note_is_published_and_says_that_the_story_changed(store: Store, reader: Reader, ids: dict[str, str]) -> None:
    say(store, "note", ids["Quake"], "The figure\n is \u202edisputed.\0")
    story = reader.topic_entries("quakes", 1)[0]
    assert (story.note, story.updated) == ("The figure is disputed.", LATER)
    say(store, "note", ids["Quake"], "It was confirmed.")
    assert reader.story(ids["Quake"]).note == "It was confirmed."
    say(store, "undo")
    assert reader.story(ids["Quake"]).note == "The figure is disputed."
    say(store, "unnote", ids["Quake"])
    assert reader.story(ids["Quake"]).note is None


def test_what_is_said_goes_along_with_a_merge_and_comes_back_when_it_is_undone(
    store: Store, reader: Reader, ids: dict[str, str]
) -> None:
    say(store, "pin", ids["Budget"], "picks")
    say(store, "note", ids["Budget"], "See page two.")
    say(store, "merge", ids["Quake"], ids["Budget"])
    assert [story.id for story in reader.topic_entries("picks", 5)] == [ids["Quake"]]
    assert reader.story(ids["Quake"]).note == "See page two."
    say(store, "undo")
    assert reader.story(ids["Quake"]).note is None
    assert reader.story(ids["Budget"]).note == "See page two."
    assert titles(reader, "picks")[0] in ("Budget", "Quake")


def test_what_is_said_goes_along_with_a_split_and_a_replay(
    store: Store, reader: Reader, ids: dict[str, str], tmp_path: Path
) -> None:
    printed(store, "mail", item("mail", "Strong quake", QUAKE), at=LATER)
    say(store, "note", ids["Quake"], "Watch this.")
    say(store, "pin", ids["Quake"], "picks")
    copy = next(copy for copy in reader.story(ids["Quake"]).copies if copy.outlet == "Mail")
    say(store, "split", str(copy.item_id))
    assert reader.story(ids["Quake"]).note == "Watch this."
    assert titles(reader, "picks") == ["Quake"]
    store.adopt(replayed(reader, tmp_path), LATER)
    assert reader.story(ids["Quake"]).note == "Watch this."
    assert titles(reader, "picks") == ["Quake"]


def test_what_is_said_outlives_the_copy_it_was_said_of(store: Store, reader: Reader, ids: dict[str, str]) -> None:
    say(store, "note", ids["Quake"], "Watch this.")
    printed(store, "mail", item("mail", "Strong quake", QUAKE), at=START + timedelta(days=20))
    printed(store, "herald", item("herald", "Fair", "The fair opens on Monday."), at=START + timedelta(minutes=5))
    store.prune(START + timedelta(days=31))
    story = reader.story(ids["Quake"])
    assert [copy.outlet for copy in story.copies] == ["Mail"]
    assert story.note == "Watch this."


def test_what_makes_no_sense_is_refused(store: Store, ids: dict[str, str]) -> None:
    with pytest.raises(NotFound, match="did you mean 'quakes'"):
        say(store, "pin", ids["Quake"], "quake")
    say(store, "pin", ids["Quake"], "all")
    with pytest.raises(RulingError, match="so already, by ruling 1"):
        say(store, "pin", ids["Quake"], "all")
    with pytest.raises(RulingError, match="nothing of this kind"):
        say(store, "unhide", ids["Quake"], "all")


def test_a_pin_taken_back_takes_its_story_along(store: Store, reader: Reader, ids: dict[str, str]) -> None:
    say(store, "pin", ids["Quake"], "picks")
    say(store, "pin", ids["Quake"], "quakes")
    assert "picks" in say(store, "unpin", ids["Quake"], "picks")
    say(store, "unpin", ids["Quake"], "quakes")
    assert titles(reader, "picks") == []
    assert titles(reader, "quakes") == ["Quake"]


def test_curation_outlives_a_topic_that_is_filled_anew(
    desk: Settings, store: Store, reader: Reader, ids: dict[str, str]
) -> None:
    say(store, "pin", ids["Budget"], "quakes")
    say(store, "hide", ids["Quake"], "quakes")
    topics = [replace(TOPICS[1], match="quake OR fair"), TOPICS[0]]
    store.configure(replace(desk, topics=tuple(topics)), LATER)
    assert titles(reader, "quakes") == ["Budget", "Fair"]


def test_a_topic_is_filled_with_stories_whose_copies_hold_its_words_together(
    desk: Settings, store: Store, reader: Reader, ids: dict[str, str]
) -> None:
    printed(store, "mail", item("mail", "Strong tremor felt", QUAKE), at=LATER)
    printed(store, "tsubame", item("tsubame", "Temblor hits Miyagi", QUAKE), at=LATER)
    store.index_words()
    store.configure(replace(desk, topics=(replace(TOPICS[1], match="tremor temblor (quake OR fair)"),)), LATER)
    assert len(titles(reader, "quakes")) == 1


def test_what_grew_too_old_for_its_topic_leaves_it_batch_by_batch(
    desk: Settings, store: Store, reader: Reader, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "EXPIRING", 1)
    store.configure(replace(desk, topics=(replace(TOPICS[0], max_age=timedelta(days=1)),)), LATER)
    say(store, "pin", ids["Fair"], "all")
    left = []
    while store.prune_some(START + timedelta(days=2))[1]:
        left.append(len(titles(reader, "all")))
    assert left == [2, 1]


def test_a_pinned_story_outlives_the_age_of_its_topic(
    desk: Settings, store: Store, reader: Reader, ids: dict[str, str]
) -> None:
    young = replace(desk, topics=(replace(TOPICS[0], max_age=timedelta(days=1)),))
    store.configure(young, LATER)
    say(store, "pin", ids["Fair"], "all")
    store.prune(START + timedelta(days=2))
    assert titles(reader, "all") == ["Fair"]


def test_a_story_that_is_shown_again_stands_where_the_queries_of_now_take_it(
    desk: Settings, store: Store, reader: Reader, ids: dict[str, str]
) -> None:
    say(store, "hide", ids["Quake"], "")
    store.configure(replace(desk, topics=(TOPICS[0], replace(TOPICS[1], match="budget"))), LATER)
    say(store, "unhide", ids["Quake"], "")
    assert (titles(reader, "all"), titles(reader, "quakes")) == (["Quake", "Budget", "Fair"], ["Budget"])


def test_a_feed_that_shows_otherwise_has_changed(
    desk: Settings, store: Store, reader: Reader, ids: dict[str, str]
) -> None:
    before, topic = reader.topic("all").changed, TOPICS[0]
    store.configure(desk, LATER)
    assert reader.topic("all").changed == before
    edits: list[dict[str, Any]] = [
        {"title": "Everything"},
        {"description": "All there is"},
        {"limit": 5},
        {"look": Look(text="lead")},
        {"order": "coverage"},
        {"prefer_outlets": ("Mail",)},
    ]
    for number, edited in enumerate(edits):
        at, topic = LATER + timedelta(minutes=number), replace(topic, **edited)
        store.configure(replace(desk, topics=(topic,)), at)
        assert reader.topic("all").changed == at, edited


# --- how a topic lines its stories up ------------------------------------------------------------------


def lined(desk: Settings, store: Store, reader: Reader, **options: object) -> list[tuple[str, str]]:
    store.configure(replace(desk, topics=(replace(TOPICS[0], **options),)), LATER)  # type: ignore[arg-type]
    return [(story.title, story.outlet) for story in reader.topic_entries("all", 10)]


def test_a_loud_source_does_not_fill_a_topic(desk: Settings, store: Store, reader: Reader, ids: dict[str, str]) -> None:
    printed(store, "mail", item("mail", "Old news", "Something from long ago.", published=START - timedelta(days=1)))
    assert [title for title, _ in lined(desk, store, reader, max_per_source=2)] == ["Quake", "Budget", "Old news"]
    say(store, "pin", ids["Fair"], "all")
    assert [title for title, _ in lined(desk, store, reader, max_per_source=2)] == ["Fair", "Quake", "Old news"]


def test_hot_is_coverage_that_cools(desk: Settings, store: Store, reader: Reader, ids: dict[str, str]) -> None:
    printed(store, "mail", item("mail", "Record budget", BUDGET), at=LATER)
    printed(store, "evening", item("evening", "The budget", BUDGET), at=LATER)
    order = [title for title, _ in lined(desk, store, reader, order="hot", half_life=timedelta(hours=12))]
    assert order == ["Budget", "Quake", "Fair"]
    order = [title for title, _ in lined(desk, store, reader, order="hot", half_life=timedelta(minutes=10))]
    assert order == ["Quake", "Budget", "Fair"]


def test_a_topic_shows_the_copy_that_it_prefers(
    desk: Settings, store: Store, reader: Reader, ids: dict[str, str]
) -> None:
    printed(store, "mail", item("mail", "Strong quake", QUAKE), at=LATER)
    printed(store, "evening", item("evening", "Séisme au Japon", QUAKE, language="fr"), at=LATER)
    french = next(story.id for story in reader.front(5) if story.language == "fr")
    say(store, "merge", ids["Quake"], french)
    assert lined(desk, store, reader)[0] == ("Quake", "Herald")
    assert lined(desk, store, reader, prefer_outlets=("Nobody", "Mail"))[0] == ("Strong quake", "Mail")
    assert lined(desk, store, reader, prefer_outlets=("mail",))[0] == ("Strong quake", "Mail")
    shown = reader.topic_entries("all", 1)[0]
    assert (shown.id, shown.copies[0].outlet, shown.copies[0].canonical) == (ids["Quake"], "Mail", True)
    preferred = lined(desk, store, reader, prefer_languages=("fr",), prefer_outlets=("Mail",))
    assert preferred[0] == ("Séisme au Japon", "Evening")


def test_a_further_step_is_an_entry_of_its_own_where_a_topic_wants_that(
    desk: Settings, store: Store, reader: Reader
) -> None:
    topics = [replace(TOPICS[0], look=Look(updates="new-entry")), replace(TOPICS[0], id="plain")]
    store.configure(replace(desk, topics=tuple(topics)), START)
    old = item("tsubame", "Landslide leaves 3 dead in Nara village", TOLL, published=START - timedelta(hours=3))
    printed(store, "tsubame", old)
    (first,) = reader.topic_entries("all", 10)
    printed(store, "herald", item("herald", "Other news", "Nothing to do with it."))
    version = reader.topic("all").version
    later = TOLL.replace("3 people dead and 11", "6 people dead and 14")
    update = item("tsubame", "UPDATE 1-Landslide leaves 6 dead in Nara village", later, published=START)
    printed(store, "tsubame", update, at=LATER)
    assert titles(reader, "plain") == ["Other news", update.title]
    step, other, base = reader.topic_entries("all", 10)
    assert [step.title, other.title, base.title] == [update.title, "Other news", old.title]
    assert (step.published, step.updated) == (START, START)
    assert (base.id, base.published, base.updated) == (first.id, first.published, first.updated)
    assert step.id != base.id
    assert reader.story(step.id).id == base.id
    assert reader.topic_entries("all", 10)[0].id == step.id
    told = reader.published.changed("all", version, 10)  # to those who ask for changes only
    assert step.id in [story.id for story in told]


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(0, 10**6)), min_size=2, max_size=2), st.integers(60, 10**6))
def test_heat_orders_as_decayed_coverage_does(told: list[tuple[int, int]], half_life: int) -> None:
    now = 10**6
    decayed = [outlets * 2 ** -((now - at) / half_life) for outlets, at in told]
    heats = [heat(outlets, at, half_life) for outlets, at in told]
    if abs(decayed[0] - decayed[1]) > 1e-6 * max(decayed):
        assert (heats[0] < heats[1]) == (decayed[0] < decayed[1])


def test_without_a_wish_the_canonical_copy_is_shown() -> None:
    copies = [Print(1, "a", "A", "en"), Print(2, "b", "B", "ja")]
    assert shown_print(copies, (), ()).item == 1
    assert shown_print(copies, ("C",), ("fr",)).item == 1
