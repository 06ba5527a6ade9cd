"""What the store keeps, on real files."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from build import (
    BUDGET,
    LATER,
    LEASE,
    PAPERS,
    QUAKE,
    START,
    TOPICS,
    counted,
    document,
    failing,
    item,
    new_store,
    printed,
    source,
)
from feedhub.errors import NotFound
from feedhub.model import Settings, Source, Topic
from feedhub.store import retention
from feedhub.store.activity import DAYS
from feedhub.store.examination import look
from feedhub.store.reading import Reader
from feedhub.store.retention import EXPIRING
from feedhub.store.writing import Store
from feedhub.topics import Matter, alone, compile_query, matter


def test_copies_of_one_text_become_one_story_with_the_agency_s_own_copy_first(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Strong quake hits northeast Japan", QUAKE.rsplit("\n", 1)[0]))
    printed(store, "tsubame", item("tsubame", "M6.1 quake off Miyagi", QUAKE))
    printed(store, "evening", item("evening", "Quake rattles Miyagi", QUAKE.replace("TOKYO (Tsubame) -- ", "")))
    (story,) = reader.front(10)
    assert [copy.outlet for copy in story.copies] == ["Tsubame", "Herald", "Evening"]
    assert story.agency == "tsubame"
    assert story.title == "M6.1 quake off Miyagi"


def test_the_first_place_is_for_a_text_and_for_one_that_is_clearly_longer(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "M6.1 quake off Miyagi", QUAKE))
    printed(store, "tsubame", item("tsubame", "M6.1 quake off Miyagi", "TOKYO (Tsubame) -- More soon."))
    printed(store, "mainichi", item("mainichi", "Quake rattles Miyagi", f"{QUAKE} It was felt in Sendai, too."))
    (story,) = reader.front(10)
    assert (story.outlet, len(story.copies)) == ("Herald", 3)
    printed(store, "evening", item("evening", "Quake", f"{QUAKE}\n{BUDGET}"))
    assert reader.front(10)[0].outlet == "Evening"


@pytest.mark.parametrize("together", [True, False])
def test_copies_of_one_round_are_weighed_in_the_order_in_which_they_came(
    store: Store, reader: Reader, desk: Settings, together: bool
) -> None:
    """Of two outlets of the agency the one that comes first stands for the story, whatever the dates say."""
    papers = (source("herald"), source("tsubame", agency="tsubame"), source("tokyo", agency="tsubame"))
    store.configure(replace(desk, sources=papers), START)
    at = {
        "herald": START - timedelta(hours=3),
        "tsubame": START - timedelta(hours=1),
        "tokyo": START - timedelta(hours=2),
    }
    copies = [item(id, f"Quake as {id} has it", QUAKE, published=published) for id, published in at.items()]
    claims = {claim.source_id: claim for claim in store.claim(START, 3, LEASE, 3, list(at))}
    polls = [document(claims[copy.source_id], copy) for copy in copies]
    for part in [polls] if together else [[poll] for poll in polls]:
        store.commit_polls(part)
    (story,) = reader.front(5)
    assert (story.outlet, len(story.copies)) == ("Tsubame", 3)


def test_of_two_printings_in_one_document_the_earlier_opens_the_story(store: Store, reader: Reader) -> None:
    early, late = START - timedelta(hours=2), START - timedelta(hours=1)
    newest_first = (item("herald", f"Quake at {at:%H}", QUAKE, published=at) for at in (late, early))
    printed(store, "herald", *newest_first)
    assert [story.published for story in reader.front(10)] == [early]


def test_what_is_a_retention_older_than_all_that_a_source_lists_was_there_before(store: Store) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    old = item("herald", "Budget", BUDGET, published=START - timedelta(days=31))
    assert printed(store, "herald", item("herald", "Quake", QUAKE), old).new == 0


def test_what_was_let_go_is_not_new_when_it_is_listed_again_after_two_retentions(store: Store, reader: Reader) -> None:
    quake, at = item("herald", "Quake", QUAKE), START + timedelta(days=32)
    printed(store, "herald", quake)
    printed(store, "herald", item("herald", "Budget", BUDGET), at=START + LEASE)
    store.prune(at)
    store.tidy(at + timedelta(days=60))
    assert printed(store, "herald", quake, at=at + timedelta(days=61)).new == 0
    assert [stored.item.title for stored in reader.items("herald", None)] == ["Budget"]


def test_a_story_that_loses_the_copy_it_is_shown_by_has_changed(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake off Miyagi", QUAKE))
    printed(store, "evening", item("evening", "Quake rattles Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Budget", BUDGET), at=START + LEASE)
    later = START + timedelta(days=31)
    store.prune(later)
    assert ("Quake rattles Miyagi", later) in [(story.title, story.updated) for story in reader.front(10)]


@pytest.mark.parametrize(("hours", "stories"), [(48.0, 1), (48.1, 2)])
def test_what_is_printed_again_after_more_than_two_days_is_another_story(
    store: Store, reader: Reader, hours: float, stories: int
) -> None:
    later = START + timedelta(hours=hours)
    printed(store, "herald", item("herald", "Quake", QUAKE, published=START))
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE, published=later), at=later)
    assert len(reader.front(5)) == stories


def test_different_stories_stay_apart(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    assert len(reader.front(10)) == 2


def test_a_bulletin_with_other_figures_is_another_story(store: Store, reader: Reader) -> None:
    other = QUAKE.replace("6.1", "4.8").replace("5:12", "9:40").replace("50 kilo", "10 kilo").replace("Miyagi", "Chiba")
    printed(store, "herald", item("herald", "Quake off Miyagi", QUAKE))
    printed(store, "evening", item("evening", "Quake off Chiba", other))
    assert len(reader.front(10)) == 2


def test_a_copy_is_found_among_many_versions_of_its_text_with_other_figures(store: Store, reader: Reader) -> None:
    text = f"{QUAKE} Aftershocks of 4.9 and 4.1 were felt 20 and 35 minutes later, the agency said."
    versions = [re.sub(r"\d+(\.\d+)?", str(1000 + number), text) for number in range(40)]
    printed(store, "herald", item("herald", "Strong quake hits northeast Japan", text))
    printed(store, "mainichi", *(item("mainichi", f"Quake {number}", text) for number, text in enumerate(versions)))
    printed(store, "evening", item("evening", "Quake rattles Miyagi", text))
    assert {"Herald", "Evening"} in [{copy.outlet for copy in story.copies} for story in reader.front(100)]


def test_a_story_keeps_its_id_and_update_time_when_copies_come(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE.rsplit("\n", 2)[0]))
    before = reader.front(1)[0]
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    after = reader.front(1)[0]
    assert (after.id, after.published, after.updated) == (before.id, before.published, before.updated)
    assert after.title != before.title


def test_a_topic_s_stories_are_counted_as_they_come_and_go(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    assert [reader.topic(topic).stories for topic in ("all", "quakes")] == [2, 1]
    printed(store, "evening", item("evening", "Quake", QUAKE))
    assert reader.topic("quakes").stories == 1
    for paper in ("herald", "evening"):
        printed(store, paper, at=START + timedelta(days=1))
    store.prune(START + timedelta(days=60))
    assert [topic.stories for topic in reader.topics()] == [0, 0]


def test_polls_are_stored_between_two_batches_of_a_prune(store: Store, reader: Reader) -> None:
    printed(store, "herald", *(item("herald", f"Headline {n}", f"Text {n} of its own kind.") for n in range(120)))
    printed(store, "herald", at=START + timedelta(days=1))
    later = START + timedelta(days=60)
    part, more = store.prune_some(later)
    assert (part.items, more) == (retention.BATCH, True)
    assert printed(store, "evening", item("evening", "Budget", BUDGET), at=later).new == 1
    assert store.prune(later).items == 120 - retention.BATCH
    assert [story.title for story in reader.front(10)] == ["Budget"]


def test_topics_by_tag_follow_what_is_edited_of_sources_and_tell_so_before(
    desk: Settings, store: Store, reader: Reader
) -> None:
    paper, other = replace(PAPERS[1], tags=("wire",)), PAPERS[3]
    topics = (Topic(id="wire", title="Wire", match="tag:wire"), Topic(id="all", title="All", match=""))
    chosen = replace(desk, sources=(paper, other), topics=topics)
    store.configure(chosen, START)
    printed(store, "herald", item("herald", "Quake", QUAKE))
    printed(store, "evening", item("evening", "Budget", BUDGET))

    def edited(*sources: Source) -> tuple[list[str], list[str], list[str]]:
        (told, same), before = reader.changes(topics, sources, LATER), versions(reader)
        assert (same.topic, same.state) == ("all", "same")
        store.configure(replace(chosen, sources=sources), LATER)
        gains, losses = ([stands.title for stands in part] for part in (told.gains, told.losses))
        assert versions(reader) == before | {"wire": before["wire"] + bool(gains or losses)}
        return gains, losses, [story.title for story in reader.topic_entries("wire", 5)]

    tagged = replace(other, tags=("wire", "late"))
    assert edited(paper, other) == ([], [], ["Quake"])
    assert edited(paper, tagged) == (["Budget"], [], ["Budget", "Quake"])
    assert edited(replace(paper, tags=()), tagged) == ([], ["Quake"], ["Budget"])
    assert edited(paper, tagged, source("mainichi", tags=("wire",))) == (["Quake"], [], ["Budget", "Quake"])
    assert edited(tagged) == ([], ["Quake"], ["Budget"])  # its source left the configuration
    assert edited(paper, tagged) == (["Quake"], [], ["Budget", "Quake"])


def versions(reader: Reader) -> dict[str, int]:
    return {topic.id: topic.version for topic in reader.topics()}


def test_a_source_more_costs_the_same_however_much_is_stored(desk: Settings, store: Store) -> None:
    chosen = replace(desk, topics=(Topic(id="wire", title="Wire", match="tag:wire OR source:herald"),))
    store.configure(chosen, START)
    printed(store, "herald", *(item("herald", f"Headline {n}", f"Text {n} of its own kind.") for n in range(200)))
    with counted(store._conn) as steps:
        store.configure(replace(chosen, sources=(*PAPERS, source("fresh", tags=("wire",)))), START)
    assert steps() < 100


def test_stories_leave_and_enter_topics_as_they_come_to_an_age(desk: Settings, store: Store, reader: Reader) -> None:
    queries = {"fresh": "age<3h", "stale": "-age<3h quake", "either": "budget OR age<3h"}
    store.configure(replace(desk, topics=tuple(Topic(id=id, title=id, match=q) for id, q in queries.items())), START)
    old = START - timedelta(days=2)
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET, published=old))
    store.tidy(START)
    told = []
    for hours in (1, 2, 3, 4):
        before = versions(reader)
        differing = store.tidy(START + timedelta(hours=hours))
        assert versions(reader) == {id: version + (id in differing) for id, version in before.items()}
        told.append((sorted(differing), [topic.stories for topic in reader.topics()]))
    assert told == [
        ([], [1, 0, 2]),
        ([], [1, 0, 2]),
        (["either", "fresh", "stale"], [0, 1, 1]),  # it is half an hour older
        ([], [0, 1, 1]),
    ]


def test_stories_that_a_clock_set_forward_made_too_old_come_back_when_it_is_set_back(
    desk: Settings, store: Store, reader: Reader
) -> None:
    store.configure(replace(desk, topics=(Topic(id="fresh", title="Fresh", match="age<3h"),)), START)
    printed(store, "herald", item("herald", "Quake", QUAKE))
    told = []
    for hours in (0, 24, 1):
        store.tidy(START + timedelta(hours=hours))
        told.append([topic.stories for topic in reader.topics()])
    assert told == [[1], [0], [1]]


def test_to_let_stories_grow_older_costs_the_same_however_many_are_stored(desk: Settings, store: Store) -> None:
    store.configure(replace(desk, topics=(Topic(id="fresh", title="Fresh", match="age<3h"),)), START)
    printed(store, "herald", *(item("herald", f"Headline {n}", f"Text {n} of its own kind.") for n in range(200)))
    store.tidy(START)
    with counted(store._conn) as steps:
        assert store.tidy(START + timedelta(hours=1)) == frozenset()
    assert steps() < 50


def test_what_is_let_go_leaves_nothing_of_itself_but_tombstones_and_these_not_for_ever(desk: Settings) -> None:
    store = new_store(desk.database)
    store.configure(replace(desk, retention=timedelta(days=1)), START)
    printed(store, "herald", *(item("herald", f"Headline {n}", f"Text {n} of its own kind.") for n in range(30)))
    printed(store, "herald", at=START + timedelta(minutes=5))
    store.prune(START + timedelta(days=2))
    assert look(desk.database) == []
    assert tombstones(store) == 30
    store.prune(START + timedelta(days=7))
    assert tombstones(store) == 0
    store.close()


def test_tidying_up_leaves_the_days_that_are_shown_of_a_source(store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE))
    shown = START + timedelta(days=DAYS - 1, hours=12)
    store.tidy(shown)
    assert reader.polled.intake(shown)["herald"].days == (1, *(0,) * (DAYS - 1))
    store.tidy(shown + timedelta(days=3))
    assert store._conn.execute("SELECT * FROM intake").fetchall() == []


def tombstones(store: Store) -> int:
    number: int = store._conn.execute("SELECT count(*) FROM tombstones").fetchone()[0]
    return number


@pytest.mark.slow
def test_tombstones_go_some_at_a_time_and_those_that_stay_are_not_looked_at(store: Store) -> None:
    later = START + timedelta(days=200)
    stones = [("herald", b"%012d" % n, (START if n % 2 else later).timestamp()) for n in range(4 * EXPIRING)]
    store._conn.executemany("INSERT INTO tombstones VALUES (?, ?, ?)", stones)
    left = [4 * EXPIRING]
    while store.prune_some(later)[1]:
        left.append(tombstones(store))
    assert left == [4 * EXPIRING, 3 * EXPIRING, 2 * EXPIRING]
    with counted(store._conn) as steps:
        store.prune(later)
    assert steps() < 200


def test_topics_hold_what_matches_in_order_and_keep_it(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake, item("herald", "Budget", BUDGET, published=START - timedelta(minutes=10)))
    assert [story.title for story in reader.topic_entries("all", 10)] == ["Budget", "Quake"]
    assert [story.title for story in reader.topic_entries("quakes", 10)] == ["Quake"]
    with pytest.raises(NotFound, match="quakes"):
        reader.topic_entries("quake", 10)


def test_a_story_of_one_copy_is_to_queries_what_its_item_says(store: Store, reader: Reader) -> None:
    papers = {paper.id: replace(paper, tags=("Paper", paper.id)) for paper in PAPERS}
    kyodo = item(
        "herald", "Cabinet approves budget", f"By Taro Yamada, Kyodo News\n{BUDGET}", tags=("Politics", "Ｊａｐａｎ")
    )
    printed(store, "herald", kyodo, item("herald", "QUAKE hits ｎｏｒｔｈ", QUAKE, author="Hanako  Sato"))
    printed(
        store, "mainichi", item("mainichi", "首相が会見", "【ワシントン共同】首相は3日、記者会見した。", language="ja")
    )

    def seen(what: Matter) -> tuple[object, ...]:
        return what.plain, what.prose, what.words, what.fields, what.names, what.stamp, what.copies, what.origins

    stored = list(reader.items(None, None))
    assert len(stored) == 3
    for one in stored:
        story = reader.story(one.story)
        assert seen(alone(one.item, papers[one.item.source_id])) == seen(matter(story, papers)), one.item.title


def test_a_changed_query_fills_its_topic_anew_under_the_same_id(desk: Settings, store: Store, reader: Reader) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    before = reader.topic("quakes")
    other = replace(TOPICS[1], match="budget")
    store.configure(replace(desk, topics=(TOPICS[0], other)), START + timedelta(hours=1))
    assert [story.title for story in reader.topic_entries("quakes", 10)] == ["Budget"]
    assert reader.topic("quakes").uuid == before.uuid


def test_a_topic_that_is_configured_again_has_what_came_meanwhile(desk: Settings, store: Store, reader: Reader) -> None:
    store.configure(replace(desk, topics=TOPICS[:1]), START)
    printed(store, "herald", item("herald", "Quake", QUAKE))
    store.configure(desk, START)
    assert [story.title for story in reader.topic_entries("quakes", 10)] == ["Quake"]


def test_a_topic_is_filled_anew_when_a_topic_that_it_names_changes(
    desk: Settings, store: Store, reader: Reader
) -> None:
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    naming = Topic(id="naming", title="Naming", match="@quakes -sumo")
    for match, title in (("quake", "Quake"), ("budget", "Budget")):
        store.configure(replace(desk, topics=(replace(TOPICS[1], match=match), naming)), START + timedelta(hours=1))
        assert [story.title for story in reader.topic_entries("naming", 10)] == [title]


def test_search_finds_words_with_and_without_the_index(store: Store, reader: Reader) -> None:
    japanese = item("evening", "首相会見、予算案を説明", "首相は会見で予算案を説明した。", language="ja")
    printed(store, "evening", japanese)
    printed(store, "herald", item("herald", "Quake", QUAKE))
    for indexed in (False, True):
        if indexed:
            assert store.index_words() == 2
        for query, outlets in {"会見": ["Evening"], "相": ["Evening"], "tsunami": ["Herald"], "tsu": []}.items():
            found = reader.search(compile_query(query), 10, START, {})
            assert [story.outlet for story in found] == outlets, (query, indexed)


def test_search_follows_a_changed_text(store: Store, reader: Reader) -> None:
    quake = item("herald", "Quake", QUAKE)
    printed(store, "herald", quake)
    store.index_words()
    moved = QUAKE.replace("Onagawa", "Fukushima")
    printed(store, "herald", replace(quake, text=moved, html=moved), at=START + LEASE)
    assert not reader.search(compile_query("onagawa"), 10, START, {})
    assert reader.search(compile_query("fukushima"), 10, START, {})


def test_retention_counts_from_last_seen_and_what_is_purged_never_comes_back(store: Store, reader: Reader) -> None:
    quake, budget = item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET)
    printed(store, "herald", quake, budget)
    printed(store, "herald", quake, at=START + timedelta(days=1))
    assert store.prune(START + timedelta(days=29)).items == 0
    pruned = store.prune(START + timedelta(days=32))
    assert (pruned.items, pruned.stories) == (1, 1)
    assert printed(store, "herald", quake, budget, at=START + timedelta(days=33)).new == 0
    assert [stored.item.title for stored in reader.items(None, None)] == ["Quake"]


def test_a_story_that_loses_its_first_copy_is_shown_by_the_next(store: Store, reader: Reader) -> None:
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "herald", item("herald", "Quake", QUAKE))
    printed(store, "tsubame", at=START + timedelta(days=1))
    assert store.prune(START + timedelta(days=32)).items == 1
    (story,) = reader.front(5)
    assert [copy.outlet for copy in story.copies] == ["Herald"]


def test_stories_are_related_although_the_first_attempt_failed(store: Store, reader: Reader) -> None:
    ashore = """Kochi ferry runs aground near Uwajima with 212 people aboard; coast guard sends boats to the Bungo
        Channel. Passengers of the ferry Seto Maru were taken off at dawn by the coast guard."""
    aboard = """Passengers tell of night aboard grounded ferry Seto Maru near Uwajima; coast guard boats took them off
        through the Bungo Channel, and children slept on the deck while waiting."""
    printed(store, "herald", item("herald", "Ferry Seto Maru runs aground near Uwajima", ashore))
    printed(store, "evening", item("evening", "Aboard the grounded ferry Seto Maru near Uwajima", aboard))
    for _ in range(3):
        with failing(store, "INSERT ON related"):
            related(store)
    related(store)
    assert [len(reader.story(story.id).related) for story in reader.front(5)] == [1, 1]


def related(store: Store) -> None:
    """Relate all that wait."""
    while store.relate(START)[0]:
        pass


def test_an_item_that_changes_into_a_copy_is_one_more_beside_those_that_came_after_it(
    store: Store, reader: Reader
) -> None:
    first = item("herald", "Ministry asks for more", BUDGET)
    printed(store, "herald", first)
    printed(store, "tsubame", item("tsubame", "Quake off Miyagi", QUAKE))
    printed(store, "evening", item("evening", "Quake rattles Miyagi", QUAKE))
    printed(store, "herald", replace(first, title="Strong quake", text=QUAKE, html=""), at=LATER)
    (story,) = reader.front(5)
    assert (story.outlet, len(story.copies)) == ("Tsubame", 3)
    assert [row[0] for row in reader.conn.execute("SELECT outlets FROM stories")] == [3]


@pytest.mark.parametrize("asked", [{"match": "copies>=2"}, {"match": "", "min_copies": 2}])
def test_a_topic_that_counts_outlets_takes_what_two_printed_once_these_are_named_apart(
    asked: dict[str, Any], store: Store, reader: Reader, desk: Settings
) -> None:
    one_house = tuple(replace(paper, outlet="Herald") if paper.id == "evening" else paper for paper in PAPERS)
    counting = replace(desk, topics=(Topic(id="wide", title="Wide", **asked),))
    store.configure(replace(counting, sources=one_house), START)
    printed(store, "herald", item("herald", "Strong quake hits northeast Japan", QUAKE))
    printed(store, "evening", item("evening", "Quake rattles Miyagi", QUAKE))
    assert not reader.topic_entries("wide", 5)
    store.configure(counting, START)
    assert len(reader.topic_entries("wide", 5)) == 1


def test_a_renamed_outlet_counts_under_its_new_name_in_the_stories_that_it_printed(
    store: Store, reader: Reader, desk: Settings
) -> None:
    printed(store, "herald", item("herald", "Strong quake hits northeast Japan", QUAKE))
    printed(store, "evening", item("evening", "Quake rattles Miyagi", QUAKE))
    assert reader.counts()["merged"] == 1
    one_house = [replace(paper, outlet="Herald") if paper.id == "evening" else paper for paper in PAPERS]
    store.configure(replace(desk, sources=tuple(one_house)), START)
    assert reader.counts()["merged"] == 0, "one outlet's two feeds are no two outlets"
    store.configure(desk, START)
    assert reader.counts()["merged"] == 1
