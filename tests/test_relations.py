"""Relations follow what the stories are: revised, merged and taken apart, left by a copy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from build import BUDGET, FERRY, LATER, QUAKE, START, USGS, item, new_store, printed, rule, settings, source
from feedhub.dedup.case import Prepared
from feedhub.dedup.prepare import prepare, with_terms
from feedhub.model import Item, Settings, Topic
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

PAPERS = [source("tsubame"), source("herald"), source("mainichi"), source("evening")]
ABOARD = """Passengers tell of a night aboard the grounded Seto Maru near Uwajima: coast guard boats carried them off \
through the Bungo Channel, and children had slept on the deck while they waited for the morning."""
SPENDING = """Ministries want more than ever before: their requests for the record budget of the next fiscal year \
come to 120 trillion yen, half of it for the care of the elderly and for the servicing of debt, officials said."""


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    topics = [Topic(id="ferries", title="Ferries", match="ferry OR aboard OR ministries")]
    return settings(tmp_path / "feedhub.db", PAPERS, topics)


def relate(store: Store) -> frozenset[str]:
    """Relate all that waits; returns the topics whose feeds differ."""
    told: frozenset[str] = frozenset()
    waiting = True
    while waiting:
        waiting, topics = store.relate(LATER)
        told |= topics
    return told


def related(reader: Reader) -> dict[str, list[str]]:
    """Headlines of the stories, and of those that each is related to."""
    return {story.title: sorted(near.title for near in story.related) for story in reader.front(9)}


AGROUND = item("tsubame", "Ferry Seto Maru runs aground", FERRY)
NIGHT = item("herald", "Night aboard the Seto Maru", ABOARD)
RECORD = item("mainichi", "Cabinet asks for a record budget", BUDGET)
WISHES = item("evening", "Ministries want a record budget", SPENDING)


def test_a_story_whose_text_is_another_now_has_the_relations_of_that(store: Store, reader: Reader) -> None:
    for one in (AGROUND, NIGHT, WISHES):
        printed(store, one.source_id, one)
    relate(store)
    assert related(reader)["Ferry Seto Maru runs aground"] == ["Night aboard the Seto Maru"]
    printed(store, "tsubame", replace(AGROUND, title=RECORD.title, text=BUDGET, html=""), at=LATER)
    assert relate(store) == {"ferries"}
    assert related(reader) == {
        RECORD.title: [WISHES.title],
        NIGHT.title: [],
        WISHES.title: [RECORD.title],
    }
    assert {story.title: story.origins for story in reader.front(9)}[NIGHT.title] == 1


def test_what_waits_to_be_related_waits_on_after_a_restart(desk: Settings) -> None:
    with closing(new_store(desk.database)) as store:
        store.configure(desk, START)
        printed(store, "tsubame", AGROUND)
        printed(store, "herald", NIGHT)
        relate(store)
        printed(store, "tsubame", replace(AGROUND, title=RECORD.title, text=BUDGET, html=""), at=LATER)
        printed(store, "evening", WISHES)
    with closing(Store(desk.database, "tests")) as store, closing(Reader(desk.database)) as reader:
        store.configure(desk, LATER)
        relate(store)
        assert related(reader) == {RECORD.title: [WISHES.title], NIGHT.title: [], WISHES.title: [RECORD.title]}


def test_after_a_restart_all_stories_of_the_last_days_are_taken_in_however_few_at_a_time(desk: Settings) -> None:
    with closing(new_store(desk.database)) as store:
        store.configure(desk, START)
        for one in (AGROUND, RECORD):
            printed(store, one.source_id, one)
        relate(store)
    with closing(Store(desk.database, "tests")) as store, closing(Reader(desk.database)) as reader:
        store.configure(desk, LATER)
        for one in (NIGHT, WISHES):
            printed(store, one.source_id, one)
        while store.relate(LATER, most=1)[0]:
            pass
        assert [len(story.related) for story in reader.front(9)] == [1, 1, 1, 1]


def test_after_a_restart_no_relation_of_stories_that_wait_is_lost_for_a_moment(desk: Settings) -> None:
    with closing(new_store(desk.database)) as store:
        store.configure(desk, START)
        for one in (AGROUND, NIGHT):
            printed(store, one.source_id, one)
        relate(store)
        for one, word in ((AGROUND, "unhurt"), (NIGHT, "children")):
            printed(store, one.source_id, replace(one, text=one.text.replace(word, word[1:]), html=""), at=LATER)
    with closing(Store(desk.database, "tests")) as store:
        store.configure(desk, LATER)
        waiting = True
        while waiting:
            waiting, topics = store.relate(LATER, most=1)
            assert topics == frozenset()


def test_no_story_is_taken_in_before_one_is_to_be_related(desk: Settings) -> None:
    with closing(new_store(desk.database)) as store:
        store.configure(desk, START)
        for one in (AGROUND, NIGHT):
            printed(store, one.source_id, one)
        relate(store)
    with closing(Store(desk.database, "tests")) as store:
        store.configure(desk, LATER)
        assert store.relate(LATER, most=1) == (False, frozenset())
        printed(store, "evening", WISHES)
        assert store.relate(LATER, most=1) == (True, frozenset())


def test_a_store_is_asked_nothing_behind_the_transaction_in_which_what_is_wrong_with_its_disk_is_named(
    store: Store,
) -> None:
    printed(store, "evening", WISHES)
    asked: list[str] = []
    store._conn.set_trace_callback(asked.append)
    store.relate(LATER)
    assert asked[-1] == "COMMIT"


def test_what_a_new_story_is_about_is_worked_out_once_however_many_wait_before_it_is_related(desk: Settings) -> None:
    with closing(new_store(desk.database)) as store:
        store.configure(desk, START)
        for one in (AGROUND, NIGHT):
            printed(store, one.source_id, items=(with_terms(prepare(one)),))
        store._conn.execute("UPDATE items SET title = source, text = source")  # read anew they would share nothing
    with closing(Store(desk.database, "tests")) as store, closing(Reader(desk.database)) as reader:
        relate(store)
        assert [len(story.related) for story in reader.front(9)] == [1, 1]


def test_a_new_story_that_tells_something_else_before_it_is_related_is_related_by_that(
    store: Store, reader: Reader
) -> None:
    for one in (AGROUND, NIGHT, WISHES):
        printed(store, one.source_id, items=(with_terms(prepare(one)),))
    printed(store, "tsubame", replace(AGROUND, title=RECORD.title, text=BUDGET, html=""), at=LATER)
    relate(store)
    assert related(reader) == {RECORD.title: [WISHES.title], NIGHT.title: [], WISHES.title: [RECORD.title]}


def test_a_typo_changes_no_relation_and_no_feed(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", AGROUND)
    printed(store, "herald", NIGHT)
    relate(store)
    before = related(reader)
    printed(store, "tsubame", replace(AGROUND, text=FERRY.replace("unhurt", "unhrt"), html=""), at=LATER)
    assert relate(store) == frozenset()
    assert related(reader) == before


def test_relations_of_a_merge_that_is_undone_go_to_the_story_that_tells_of_it(store: Store, reader: Reader) -> None:
    for one in (AGROUND, NIGHT, RECORD, WISHES):
        printed(store, one.source_id, one)
    relate(store)
    before = related(reader)
    rule(store, "merge", 1, 3)
    relate(store)
    assert WISHES.title in related(reader)[RECORD.title], "the longer text is the core"
    rule(store, "undo")
    assert relate(store) == {"ferries"}
    assert related(reader) == before
    assert before[RECORD.title] == [WISHES.title]
    assert before[AGROUND.title] == [NIGHT.title]


def test_a_copy_that_is_split_off_takes_its_relations_along(store: Store, reader: Reader) -> None:
    for one in (AGROUND, NIGHT, RECORD):
        printed(store, one.source_id, one)
    rule(store, "merge", 3, 1)
    relate(store)
    rule(store, "split", 3)
    relate(store)
    assert related(reader) == {RECORD.title: [], AGROUND.title: [NIGHT.title], NIGHT.title: [AGROUND.title]}


def test_a_copy_that_leaves_by_itself_leaves_no_relation_behind(store: Store, reader: Reader) -> None:
    fuller = item("tsubame", "Strong quake off Miyagi", QUAKE + "\n" + FERRY)
    printed(store, "tsubame", fuller)
    printed(store, "mainichi", item("mainichi", "Quake off Miyagi", QUAKE))
    printed(store, "herald", NIGHT)
    printed(store, "evening", WISHES)
    relate(store)
    assert NIGHT.title in related(reader)["Strong quake off Miyagi"]
    printed(store, "tsubame", replace(fuller, title=RECORD.title, text=BUDGET, html=""), at=LATER)
    relate(store)
    assert related(reader) == {
        "Quake off Miyagi": [],
        NIGHT.title: [],
        RECORD.title: [WISHES.title],
        WISHES.title: [RECORD.title],
    }


def test_what_is_left_of_merged_stories_when_the_fullest_copy_is_let_go_has_its_own_relations(
    store: Store, reader: Reader
) -> None:
    for one in (AGROUND, NIGHT, RECORD, WISHES):
        printed(store, one.source_id, one)
    rule(store, "merge", 1, 3)
    relate(store)
    assert WISHES.title in related(reader)[RECORD.title]
    printed(store, RECORD.source_id, at=LATER)
    store.prune(START + timedelta(days=31))
    relate(store)
    assert related(reader) == {AGROUND.title: [NIGHT.title], NIGHT.title: [AGROUND.title], WISHES.title: []}


def test_each_of_two_related_stories_names_the_other_however_many_are_near(store: Store, reader: Reader) -> None:
    for number in range(9):
        words = f"{'abcdefghi'[number] * 5} {'klmnopqrs'[number] * 6}"
        printed(store, "herald", item("herald", f"Seto Maru, part {words}", f"{ABOARD[number * 9 :]} {words}"))
    relate(store)
    edges = {(one.title, other.title) for one in reader.front(9) for other in one.related}
    assert edges == {(other, one) for one, other in edges}


@pytest.mark.parametrize("made_ready", [prepare, lambda item: with_terms(prepare(item))], ids=["stored", "read"])
def test_stories_of_one_event_are_related_both_ways_and_never_merged(
    store: Store, reader: Reader, made_ready: Callable[[Item], Prepared]
) -> None:
    """Whether what they are about was worked out when they were read, or is from what is stored."""
    for paper, title, text in (
        ("tsubame", "M6.1 quake off Miyagi", QUAKE),
        ("herald", "Quake shakes Miyagi coast, USGS says", USGS),
        ("evening", "Ministry asks for more", BUDGET),
    ):
        printed(store, paper, items=(made_ready(item(paper, title, text)),))
    while store.relate(LATER)[0]:
        pass
    related = {story.outlet: [near.outlet for near in story.related] for story in reader.front(5)}
    assert related == {"Tsubame": ["Herald"], "Herald": ["Tsubame"], "Evening": []}
    assert {story.outlet: story.origins for story in reader.front(5)} == {"Tsubame": 2, "Herald": 2, "Evening": 1}


@pytest.mark.parametrize("told", ["quake", "quake OR origins>=2"])
def test_a_new_relation_changes_feeds_and_lets_in_what_was_told_by_one_desk_alone(
    store: Store, reader: Reader, desk: Settings, told: str
) -> None:
    topics = [Topic(id="told", title="Told", match=told), Topic(id="twice", title="Twice", match="origins>=2")]
    store.configure(replace(desk, topics=topics if "origins" in told else topics[:1]), START)
    printed(store, "tsubame", item("tsubame", "M6.1 quake off Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Quake shakes Miyagi coast, USGS says", USGS))
    before = reader.topic("told").version
    changed: set[str] = set()
    waiting = 1
    while waiting:
        waiting, topics_changed = store.relate(LATER)
        changed |= topics_changed
    assert len(reader.front(1)[0].related) == 1
    assert reader.topic("told").version == before + 1
    assert reader.topic("told").changed == LATER
    assert changed == ({"told", "twice"} if "origins" in told else {"told"})
    if "origins" in told:
        assert len(reader.topic_entries("twice", 5)) == 2
